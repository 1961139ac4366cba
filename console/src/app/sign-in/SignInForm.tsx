import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input, { type InputProps } from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { explain } from '../../api/errors';
import { signIn } from './session';

/** `user`: who was signed in before. */
export function SignInForm({ user: before = '', onDone }: { user?: string; onDone(): void }) {
  const [user, setUser] = useState(before);
  const [password, setPassword] = useState('');
  const doing = useMutation({
    mutationFn: () => signIn(user.trim(), password),
    onSuccess: onDone,
    onError: () => setPassword(''),
  });
  // Behind the dialog around it, which takes the focus to its first button.
  const first = useRef<InputProps.Ref>(null);
  useEffect(() => {
    const timer = setTimeout(() => first.current?.focus());
    return () => clearTimeout(timer);
  }, []);
  const isReady = user.trim() !== '' && password !== '';
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady && !doing.isPending) doing.mutate();
      }}
    >
      <SpaceBetween size="m">
        {doing.isError && (
          <Alert type="error" data-testid="sign-in-error">
            {explain(doing.error).message}
          </Alert>
        )}
        <FormField label="User name">
          <Input
            value={user}
            onChange={({ detail }) => setUser(detail.value)}
            ref={before === '' ? first : undefined}
            autoComplete="username"
            name="username"
            spellcheck={false}
          />
        </FormField>
        <FormField label="Password">
          <Input
            value={password}
            onChange={({ detail }) => setPassword(detail.value)}
            type="password"
            ref={before === '' ? undefined : first}
            autoComplete="current-password"
            name="password"
          />
        </FormField>
        <Button
          variant="primary"
          formAction="submit"
          fullWidth
          disabled={!isReady}
          loading={doing.isPending}
          data-testid="sign-in"
        >
          Sign in
        </Button>
      </SpaceBetween>
    </form>
  );
}
