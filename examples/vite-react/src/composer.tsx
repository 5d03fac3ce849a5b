import { useClient } from "posthorn/react";
import { useState } from "react";

interface Props {
  peer: string;
  onSent: () => void;
}

export function Composer({ peer, onSent }: Props) {
  const client = useClient();
  const [text, setText] = useState("");
  const [refusal, setRefusal] = useState("");
  const send = (): void => {
    try {
      client.send(peer, text.trim());
      setText("");
      setRefusal("");
      onSent();
    } catch (error) {
      // Too long, for one: what the server would refuse is thrown before it is shown.
      setRefusal(String(error));
    }
  };
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== "") send();
      }}
    >
      <input
        aria-label={`Message to ${peer}`}
        placeholder="Message"
        autoComplete="off"
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          client.typed(peer);
        }}
      />
      <button aria-label="Send" disabled={text.trim() === ""}>
        ➤
      </button>
      {refusal && <p role="alert">{refusal}</p>}
    </form>
  );
}
