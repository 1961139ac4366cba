import CloudscapeLink, { type LinkProps } from '@cloudscape-design/components/link';
import { router } from './router';

/** Goes to another view without loading the page anew, unless a new tab is wanted. */
export function follow(event: CustomEvent<{ href?: string; external?: boolean }>) {
  const { href, external } = event.detail;
  if (!href?.startsWith('/console') || external) return;
  event.preventDefault();
  go(href);
}

export function go(href: string, options: { replace?: boolean } = {}) {
  router.history[options.replace ? 'replace' : 'push'](href);
}

export function Link(props: LinkProps) {
  return <CloudscapeLink {...props} onFollow={follow} />;
}
