import { useState } from 'react';

/** A choice that this browser keeps. */
export function useStored<T>(key: string, initial: T): [T, (value: T) => void] {
  const [value, setValue] = useState(() => readStored(key, initial));
  return [
    value,
    (next) => {
      setValue(next);
      writeStored(key, next);
    },
  ];
}

export function readStored<T>(key: string, initial: T): T {
  try {
    const text = localStorage.getItem(key);
    return text === null ? initial : (JSON.parse(text) as T);
  } catch {
    return initial;
  }
}

/** A browser that is full, or keeps nothing, costs the memory of it and no more. */
export function writeStored(key: string, value: unknown) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {}
}
