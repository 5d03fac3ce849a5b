import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { isComposing } from "./composing.ts";
import { Icon } from "./icons.tsx";

interface Props {
  title: string;
  close: () => void;
  children: ComponentChildren;
}

/** A sheet over the page. The browser keeps the focus in it; what had it before has it again behind it. */
export function Dialog({ title, close, children }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = box.current;
    const before = document.activeElement;
    if (dialog && !dialog.open) dialog.showModal();
    return () => {
      dialog?.close();
      // The browser does so for a sheet that is still in the page; this one is gone from it already.
      const isLost = document.activeElement === document.body;
      if (isLost && before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={box}
      class="sheet"
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        // It closes the sheet alone, and not the conversation below it …
        event.stopPropagation();
        // … and nothing where it ends a composition.
        if (isComposing(event)) event.preventDefault();
      }}
      onClick={({ target }) => target === box.current && close()}
    >
      <div class="sheet-in">
        <header class="sheet-head">
          <h2>{title}</h2>
          <button class="round" aria-label="Close" onClick={close}>
            <Icon shape="close" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
