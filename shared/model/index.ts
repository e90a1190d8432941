export type * from './ooni.ts';
export type * from './observation.ts';
export type * from './descriptor.ts';
export * from './verdict.ts';
export * from './target.ts';
export * from './interception.ts';
export * from './interception-event.ts';
export * from './data-files.ts';
export { COUNTERFACTUAL_KINDS } from './ooni.ts';
