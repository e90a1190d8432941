/** The door of this room. */
export { createControl } from './control.ts';
export type { Control, ControlAnswer, ControlOptions } from './control.ts';
export { createOutgoing } from './outgoing.ts';
export type { Endpoint, LookupAnswer, OutgoingOptions } from './outgoing.ts';
export { createRateLimit, plainAddress, subscriberKey } from './rate-limit.ts';
export { createReflector } from './reflector.ts';
export type { Reflector, ReflectorOptions } from './reflector.ts';
export { readControlRequest } from './request.ts';
export { makeSelfIssued } from './self-issued.ts';
export { ControlError } from './work-pool.ts';
