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
export function SignInForm({ user: before = '', onDone }: { user?: string; onDone?(): void }) {
  const [user, setUser] = useState(before);
  const [password, setPassword] = useState('');
  const [isTried, setTried] = useState(false);
  const doing = useMutation({
    mutationFn: () => signIn(user.trim(), password),
    onSuccess: onDone,
    onError: () => setPassword(''),
  });
  const userInput = useRef<InputProps.Ref>(null);
  const passwordInput = useRef<InputProps.Ref>(null);
  // Behind the dialog around it, which takes the focus to its first button.
  useEffect(() => {
    const timer = setTimeout(() => (before === '' ? userInput : passwordInput).current?.focus());
    return () => clearTimeout(timer);
  }, [before]);
  const missing = { user: user.trim() === '', password: password === '' };
  const submit = () => {
    setTried(true);
    if (missing.user) userInput.current?.focus();
    else if (missing.password) passwordInput.current?.focus();
    else if (!doing.isPending) {
      setTried(false);
      doing.mutate();
    }
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <SpaceBetween size="m">
        {doing.isError && (
          <Alert type="error" data-testid="sign-in-error">
            {explain(doing.error).message}
          </Alert>
        )}
        <FormField label="User name" errorText={isTried && missing.user ? 'Enter your user name.' : undefined}>
          <Input
            value={user}
            onChange={({ detail }) => setUser(detail.value)}
            ref={userInput}
            autoComplete="username"
            name="username"
            spellcheck={false}
          />
        </FormField>
        <FormField label="Password" errorText={isTried && missing.password ? 'Enter your password.' : undefined}>
          <Input
            value={password}
            onChange={({ detail }) => setPassword(detail.value)}
            type="password"
            ref={passwordInput}
            autoComplete="current-password"
            name="password"
          />
        </FormField>
        <Button variant="primary" formAction="submit" fullWidth loading={doing.isPending} data-testid="sign-in">
          Sign in
        </Button>
      </SpaceBetween>
    </form>
  );
}
