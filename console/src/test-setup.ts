import { cleanup } from '@testing-library/react';
import { afterEach, beforeAll } from 'vitest';
import { loadYaml } from './asl/yaml';

beforeAll(loadYaml);

afterEach(cleanup);
