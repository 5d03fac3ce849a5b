import type { Settings } from "../config/settings.ts";
import { administer, type Administered } from "../nats/bundle/administered.ts";
import { inWords } from "../nats/bundle/exchange.ts";
import { withBroker, type Outside } from "./outside.ts";

/** Does something as the user of the settings, who has the rights of an administrator. Returns the exit code. */
export function asAdmin(
  settings: Settings,
  name: string,
  act: (broker: Administered) => Promise<number>,
): Promise<number> {
  const attempt = async ({ link }: Outside): Promise<number> => {
    try {
      return await act(await administer(link));
    } catch (error) {
      throw inWords(error);
    }
  };
  return withBroker(settings, name, attempt);
}
