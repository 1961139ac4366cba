export { stringify } from 'yaml';
export { readYaml } from './read-yaml';
