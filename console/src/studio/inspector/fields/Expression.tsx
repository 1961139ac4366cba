import { Suspense } from 'react';
import type { QueryLanguage } from '../../../asl/types';
import { lazily } from '../../../shared/lazily';
import { useEditing, useVariables } from '../editing';
import styles from '../inspector.module.css';
import { suggest } from '../model/suggest';
import { jsonataOf, toJsonata, wholeExpression } from '../model/values';
import { writeScalar } from './draft';
import { Tool } from './Field';

const Editor = lazily(() => import('./expression-editor'));

interface ExpressionProps {
  label: string;
  /** As it stands in the document: `{% … %}`, or a path. */
  value: unknown;
  onChange(value: string): void;
  isInvalid?: boolean;
  placeholder?: string;
  /** It takes the place of a field in which an expression was typed. */
  autoFocus?: boolean;
}

/** What is found at run time. In JSONata only what is between `{%` and `%}` is typed. */
export function Expression({
  label,
  value,
  onChange,
  isInvalid = false,
  placeholder,
  autoFocus = false,
}: ExpressionProps) {
  const { language, isReadOnly, sample, store } = useEditing();
  const variables = useVariables().map(({ name }) => name);
  const isJsonataText = language === 'JSONata';
  const written = writeScalar(value);
  const text = isJsonataText ? jsonataOf(written) : written;
  const write = (typed: string) =>
    onChange(isJsonataText ? (wholeExpression(typed) ?? keepSpace(typed, written)) : typed);
  const known = { language, variables, input: sample?.input, variableValues: sample?.variables };
  return (
    <div className={styles.expression} data-invalid={isInvalid}>
      {isJsonataText && <span className={styles.brace}>{'{%'}</span>}
      <Suspense fallback={<span className={`${styles.grow} ${styles.code}`}>{text}</span>}>
        <Editor
          value={text}
          label={label}
          placeholder={placeholder ?? (isJsonataText ? '$states.input.name' : '$.name')}
          isDisabled={isReadOnly}
          autoFocus={autoFocus}
          isBraced={isJsonataText}
          onChange={write}
          suggest={(before) => suggest(before, known)}
          onUndo={() => store.getState().undo()}
          onRedo={() => store.getState().redo()}
        />
      </Suspense>
      {isJsonataText && <span className={styles.brace}>{'%}'}</span>}
    </div>
  );
}

/** `{%x%}` and `{% x %}` say the same; what stands there keeps its way. */
function keepSpace(expression: string, before: string): string {
  return /^\{%\S/.test(before) && /\S%\}$/.test(before) ? `{%${expression}%}` : toJsonata(expression);
}

export function ExpressionTool({
  name,
  language,
  isExpression,
  onToggle,
}: {
  name: string;
  language: QueryLanguage;
  isExpression: boolean;
  onToggle(): void;
}) {
  const { isReadOnly } = useEditing();
  return (
    <Tool label={`Expression for ${name}`} isPressed={isExpression} isDisabled={isReadOnly} onClick={onToggle}>
      {language === 'JSONata' ? '{%}' : '$.'}
    </Tool>
  );
}
