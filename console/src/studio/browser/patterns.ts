import type { QueryLanguage } from '../../asl/types';

export interface Pattern {
  id: string;
  name: string;
  description: string;
  fragment(language: QueryLanguage): { StartAt: string; States: Record<string, Record<string, unknown>> };
}

export const patterns: Pattern[] = [];
