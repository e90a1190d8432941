/** The levels that decide; README.md says how they were found. */

/** Of a silent group at least so much is missing: should a fifth only claim to be, then still half of the others is. */
export const SILENT_SHARE = 0.6;
/** Base-10 logarithm of the likelihood ratio from which on it is a silence. */
export const OPENS_AT = 4;
/** Heard again: at least so much of the members is on time … */
export const HEARD_SHARE = 0.5;
/** … or so much, and that much more than at the worst of the last hour: at night few come back, and a fifth may lie. */
export const RETURNED_SHARE = 0.3;
export const RETURNED_MORE = 0.25;
/** Minutes on end. */
export const RETURNED_MINUTES = 5;

/** Of a group watched for less than a week: at most so much was missing, and so many minutes later at least so much of the most it had. */
export const SUDDEN_FROM = 0.2;
export const SUDDEN_TO = 0.9;
/** The longest that heartbeats of a quarter of an hour take to tell of one moment, and a little. */
export const SUDDEN_MINUTES = 25;
