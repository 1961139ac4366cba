import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import styles from './shared.module.css';

/** `<CopyCli command={cli('stepfunctions', 'StopExecution', { executionArn })} />`: a small button; the command is its tooltip. */
export function CopyCli({ command, label = 'Copy as CLI' }: { command: string; label?: string }) {
  return (
    <span title={command} data-testid="copy-cli" data-command={command}>
      <CopyToClipboard
        copyButtonText={label}
        copySuccessText="Command copied"
        copyErrorText="The browser does not let this page copy"
        textToCopy={command}
        variant="button"
      />
    </span>
  );
}

/** `full`: what is copied, if what is shown is shorter. */
export function CopyableArn({ arn, full = arn, label = 'ARN' }: { arn: string; full?: string; label?: string }) {
  return (
    <CopyToClipboard
      copyButtonAriaLabel={`Copy ${label}`}
      copySuccessText={`${label} copied`}
      copyErrorText="The browser does not let this page copy"
      textToCopy={full}
      textToDisplay={arn}
      variant="inline"
    />
  );
}

/** A command to be read and copied. */
export function Command({ command }: { command: string }) {
  return (
    <div className={styles.command}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard */}
      <pre tabIndex={0}>{command}</pre>
      <CopyToClipboard
        copyButtonAriaLabel="Copy command"
        copySuccessText="Command copied"
        copyErrorText="The browser does not let this page copy"
        textToCopy={command}
        variant="icon"
      />
    </div>
  );
}
