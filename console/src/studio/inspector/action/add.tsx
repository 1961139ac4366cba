/** Ways to add to an object or a list. */
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';
import type { Shape } from '../../../api/types';
import { useEditing } from '../editing';
import styles from '../inspector.module.css';

export function AddButton({ label, onClick }: { label: string; onClick(): void }) {
  const { isReadOnly } = useEditing();
  return (
    <div>
      <Button iconName="add-plus" variant="inline-link" disabled={isReadOnly} onClick={onClick} ariaLabel={label}>
        {label}
      </Button>
    </div>
  );
}

interface AddMemberProps {
  names: readonly string[];
  onAdd(name: string): void;
  shape?: Extract<Shape, { type: 'structure' }>;
  isTop?: boolean;
  /** Any name can be typed. */
  isFree?: boolean;
  label?: string;
  taken?: readonly string[];
}

/** A menu of the names that can be added, with a filter; or a field for any name. */
export function AddMember({ names, onAdd, shape, isTop = false, isFree = false, label, taken = [] }: AddMemberProps) {
  const { isReadOnly } = useEditing();
  const [name, setName] = useState('');
  if (isFree && names.length === 0) {
    const isTaken = taken.includes(name);
    const add = () => {
      if (name === '' || isTaken) return;
      onAdd(name);
      setName('');
    };
    return (
      <div className={styles.row}>
        <div className={styles.grow}>
          <Input
            value={name}
            placeholder="Name"
            ariaLabel={`Name to add to ${label ?? 'the object'}`}
            disabled={isReadOnly}
            invalid={isTaken}
            onChange={({ detail }) => setName(detail.value)}
            onKeyDown={({ detail }) => detail.key === 'Enter' && add()}
          />
        </div>
        <Button
          onClick={add}
          disabled={isReadOnly || isTaken || name === ''}
          iconName="add-plus"
          ariaLabel={`Add to ${label ?? 'the object'}`}
        >
          Add
        </Button>
      </div>
    );
  }
  if (names.length === 0) return null;
  return (
    <div>
      <ButtonDropdown
        variant={isTop ? 'normal' : 'inline-icon'}
        iconName={isTop ? undefined : 'add-plus'}
        ariaLabel="Add parameter"
        disabled={isReadOnly}
        expandToViewport
        filteringType={names.length > 4 ? 'auto' : 'none'}
        filteringPlaceholder="Find a parameter"
        filteringAriaLabel="Find a parameter"
        items={names.map((id) => ({
          id,
          text: id,
          secondaryText: shape?.members[id]?.isDeprecated ? 'AWS advises against it' : undefined,
        }))}
        onItemClick={({ detail }) => onAdd(detail.id)}
      >
        {isTop ? 'Add parameter' : undefined}
      </ButtonDropdown>
    </div>
  );
}
