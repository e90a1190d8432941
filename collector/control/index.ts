/** The door of this room. */
export { createControl } from './control.ts';
export type { Control, ControlAnswer, ControlOptions } from './control.ts';
export { GuardError } from './guard.ts';
export { createOutgoing } from './outgoing.ts';
export type { Endpoint, LookupAnswer, Outgoing, OutgoingOptions } from './outgoing.ts';
export { createRateLimit, plainAddress, subscriberKey } from './rate-limit.ts';
export type { RateLimit } from './rate-limit.ts';
export { createReflector } from './reflector.ts';
export type { Reflector, ReflectorOptions } from './reflector.ts';
export { ReflectorError } from './reflector-identity.ts';
export { ControlRequestSchema, readControlRequest } from './request.ts';
export type { ControlRequest, ControlRequestReading } from './request.ts';
export { makeSelfIssued } from './self-issued.ts';
export { ControlError } from './work-pool.ts';
