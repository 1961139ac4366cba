import { useLayoutEffect, useRef, useState } from 'react';

/** The height that is left in the window below the top of an element, but not less than is needed to work in it. */
export function useFill(least: number, below: number) {
  const ref = useRef<HTMLElement>(null);
  const [height, setHeight] = useState(least);
  useLayoutEffect(() => {
    const measure = () => {
      const top = (ref.current?.getBoundingClientRect().top ?? 0) + window.scrollY;
      setHeight(Math.max(least, window.innerHeight - top - below));
    };
    measure();
    // What stands above may come, go and wrap.
    const observer = new ResizeObserver(measure);
    if (ref.current?.parentElement)
      observer.observe(ref.current.parentElement.parentElement ?? ref.current.parentElement);
    window.addEventListener('resize', measure);
    return () => {
      observer.disconnect();
      window.removeEventListener('resize', measure);
    };
  }, [least, below]);
  return { ref, height };
}
