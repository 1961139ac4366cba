import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { Studio } from './context';
import { StudioFrame } from './frame';
import { createStudioStore } from './store';
import { createUiStore } from './ui';

export function Page() {
  const navigate = useNavigate();
  const [studio] = useState<Studio>(() => ({
    store: createStudioStore('{\n  "QueryLanguage": "JSONata",\n  "StartAt": "",\n  "States": {}\n}\n', 'json'),
    ui: createUiStore(),
    canvas: { current: null },
    editor: { current: null },
    go: (path) => void navigate({ to: path }),
  }));
  return <StudioFrame studio={studio} />;
}
