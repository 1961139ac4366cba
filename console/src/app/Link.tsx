import CloudscapeLink, { type LinkProps } from '@cloudscape-design/components/link';
import type { AnchorHTMLAttributes } from 'react';
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

/** The same without a look of its own. */
export function Anchor({ href, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  return (
    <a
      {...rest}
      href={href}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0) return;
        event.preventDefault();
        go(href);
      }}
    />
  );
}
