import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useId, useState } from 'react';
import { CopyCli } from './Copy';
import { ErrorBox } from './Feedback';
import Modal from './Modal';

export interface ConfirmDialogProps {
  title: string;
  children: ReactNode;
  /** What the button says: `Delete`. */
  confirm: string;
  /** Does it; a failure is shown and the dialog stays. */
  onConfirm(): Promise<unknown>;
  onClose(): void;
  /** What the button beside it says: Cancel. */
  close?: string;
  /** The same as a command. */
  command?: string;
  /** A text that has to be typed first: a name, or `delete`. */
  typed?: string;
  isDisabled?: boolean;
  /** It closes by `onClose` alone: there is a result to be seen, say. */
  staysOpen?: boolean;
  size?: 'medium' | 'large';
}

/** Asks before something is changed. It is there while it is rendered. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const {
    title,
    children,
    confirm,
    onConfirm,
    onClose,
    close = 'Cancel',
    command,
    typed,
    isDisabled = false,
    staysOpen = false,
    size = 'medium',
  } = props;
  const [text, setText] = useState('');
  const form = useId();
  const doing = useMutation({ mutationFn: onConfirm, onSuccess: staysOpen ? undefined : onClose });
  const isReady = !isDisabled && (typed === undefined || text === typed);
  return (
    <Modal
      visible
      size={size}
      header={title}
      onDismiss={onClose}
      footer={
        <div style={{ display: 'flex', justifyContent: 'space-between', alignItems: 'center', gap: 8 }}>
          {command ? <CopyCli command={command} /> : <span />}
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              {close}
            </Button>
            <Button
              variant="primary"
              formAction="submit"
              form={form}
              loading={doing.isPending}
              disabled={!isReady}
              data-testid="confirm"
            >
              {confirm}
            </Button>
          </SpaceBetween>
        </div>
      }
    >
      <form
        id={form}
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady && !doing.isPending) doing.mutate();
        }}
      >
        <SpaceBetween size="m">
          {children}
          {typed !== undefined && (
            <FormField
              label={
                <>
                  To confirm, type <Box variant="code">{typed}</Box>
                </>
              }
            >
              <Input value={text} onChange={({ detail }) => setText(detail.value)} placeholder={typed} autoFocus />
            </FormField>
          )}
          {doing.isError && <ErrorBox error={doing.error} />}
        </SpaceBetween>
      </form>
    </Modal>
  );
}
