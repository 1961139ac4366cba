export { JsonDiff } from '../../shared/json/JsonDiff';
export { JsonView } from '../../shared/json/JsonView';
