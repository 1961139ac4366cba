import Box from '@cloudscape-design/components/box';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { SignInForm } from './SignInForm';
import { signInLater, useSession } from './session';

/** Over the page where a session has come to its end, so that nothing typed is lost. */
export function SignInDialog() {
  const { user, over } = useSession();
  if (over !== 'asked') return null;
  return (
    <Modal
      visible
      size="small"
      header="Sign in again"
      closeAriaLabel="Not now"
      onDismiss={signInLater}
      data-testid="sign-in-dialog"
    >
      <SpaceBetween size="m">
        <Box color="text-body-secondary">Your session is over. What you have typed is still there.</Box>
        <SignInForm user={user ?? ''} />
      </SpaceBetween>
    </Modal>
  );
}
