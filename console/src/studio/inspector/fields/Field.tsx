import FormField from '@cloudscape-design/components/form-field';
import Link from '@cloudscape-design/components/link';
import Popover from '@cloudscape-design/components/popover';
import type { ReactNode } from 'react';
import { problemsAt, useEditing } from '../editing';
import { HELP } from '../help';
import styles from '../inspector.module.css';

export function Info({ about, label }: { about: string; label: string }) {
  const help = HELP[about];
  if (!help) return null;
  return (
    <Popover
      header={label}
      triggerType="custom"
      size="small"
      content={
        <>
          {help.text}{' '}
          <Link href={help.href} external rel="noreferrer noopener" target="_blank" fontSize="body-s">
            More
          </Link>
        </>
      }
    >
      <Link variant="info" ariaLabel={`Info about ${label}`}>
        Info
      </Link>
    </Popover>
  );
}

interface FieldProps {
  label: string;
  /** JSON pointers whose problems are shown here. */
  at: string | readonly string[];
  /** Problems of what is inside are shown here too. */
  isWhole?: boolean;
  help?: string;
  /** Said behind the name; not given: nothing is said. */
  isOptional?: boolean;
  description?: ReactNode;
  constraint?: ReactNode;
  /** Said by the form, not by the validator: what was typed cannot be taken. */
  error?: string | null;
  hint?: string | null;
  actions?: ReactNode;
  children: ReactNode;
}

/** A control with its name, what it means, and what the validator says about it. */
export function Field({
  label,
  at,
  isWhole = false,
  help,
  isOptional,
  description,
  constraint,
  error,
  hint,
  actions,
  children,
}: FieldProps) {
  const editing = useEditing();
  const places = typeof at === 'string' ? [at] : at;
  const found = places.flatMap((place) => problemsAt(editing, place, !isWhole));
  const says = (severity: string) =>
    found.filter((problem) => problem.severity === severity).map(({ message }) => message);
  const errors = error ? [error] : says('error');
  const warnings = hint ? [hint, ...says('warning')] : says('warning');
  return (
    <div className={styles.field} data-at={places[0]}>
      <FormField
        label={
          <>
            {label}
            {isOptional !== undefined && <span className={styles.mark}> {isOptional ? 'optional' : 'required'}</span>}
          </>
        }
        info={help && HELP[help] ? <Info about={help} label={label} /> : undefined}
        description={description}
        constraintText={constraint}
        errorText={errors.length > 0 ? errors.join(' ') : undefined}
        warningText={errors.length === 0 && warnings.length > 0 ? warnings.join(' ') : undefined}
        i18nStrings={{ errorIconAriaLabel: 'Error', warningIconAriaLabel: 'Warning' }}
        stretch
      >
        {children}
      </FormField>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}

/** A small button at the right of a field's name. */
export function Tool({
  label,
  onClick,
  isPressed,
  isDisabled,
  children,
}: {
  label: string;
  onClick(): void;
  isPressed?: boolean;
  isDisabled?: boolean;
  children: ReactNode;
}) {
  return (
    <button
      type="button"
      className={styles.tool}
      aria-label={label}
      title={label}
      aria-pressed={isPressed}
      disabled={isDisabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}
