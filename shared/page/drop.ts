import { useState } from 'preact/hooks';

/** Attributes of an element that files are dropped on. */
export function useDrop(onFile: (file: File) => void) {
  const [over, setOver] = useState(false);
  return {
    class: over ? 'drop over' : 'drop',
    onDragOver(event: DragEvent) {
      // Without this a browser leaves the page and opens the file.
      event.preventDefault();
      setOver(true);
    },
    onDragLeave: () => setOver(false),
    onDrop(event: DragEvent) {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) onFile(file);
    },
  };
}
