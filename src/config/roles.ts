import * as z from "zod";

/** The roles that a process can run (docs/adr/0037), in the order in which they are named. */
export const ROLES = ["gateway", "actors", "projections"] as const;
export type Role = (typeof ROLES)[number];

const RULE = `one or more of ${ROLES.join(", ")}, separated by commas`;
const isRole = (name: string): name is Role => ROLES.some((role) => role === name);

/**
 * The roles of a process: all of them unless told. A name that is none, and a place between two commas with nothing in it, is
 * refused: a role that was meant and does not run is noticed late.
 */
export const RolesGiven = z
  .string()
  .default(ROLES.join(","))
  .transform((text, { addIssue }): ReadonlySet<Role> => {
    const names = text.split(",").map((name) => name.trim());
    for (const name of names)
      if (!isRole(name))
        addIssue(name === "" ? RULE : `${JSON.stringify(name)} is no role: ${RULE}`);
    return new Set(names.filter(isRole));
  });
