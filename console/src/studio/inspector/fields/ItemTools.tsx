import { moveItem, removeItem } from '../../../asl/edits';
import { useEditing } from '../editing';
import { Tool } from './Field';

/** Moves and removes one of a list in the document. */
export function ItemTools({ list, index, count, name }: { list: string; index: number; count: number; name: string }) {
  const { apply, isReadOnly } = useEditing();
  const move = (to: number) => apply((parsed) => moveItem(parsed, list, index, to));
  return (
    <>
      <Tool label={`Move ${name} up`} isDisabled={isReadOnly || index === 0} onClick={() => move(index - 1)}>
        ↑
      </Tool>
      <Tool label={`Move ${name} down`} isDisabled={isReadOnly || index === count - 1} onClick={() => move(index + 1)}>
        ↓
      </Tool>
      <Tool
        label={`Remove ${name}`}
        isDisabled={isReadOnly}
        onClick={() => apply((parsed) => removeItem(parsed, list, index))}
      >
        ✕
      </Tool>
    </>
  );
}
