/** What blocking is decided with. A changed number is another detector: raise the version, alerts name it. */

export const BLOCKING_VERSION = 1;

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Base-10 logarithm of the likelihood ratio from which on it is said: two clean pairs, or two unknown voters' and nobody against them. */
export const OPEN_LOG_RATIO = 4.5;
export const CLOSE_LOG_RATIO = 4.8;
/** Shares of voters that blocking (or its end) is looked for with: p₁. */
export const LEAST_SHARE = 0.1;
export const GREATEST_SHARE = 0.999;

/** Five volunteers who only suspect weigh about as much as three with a sufficient pair. */
export const SUSPECTED_WEIGHT = 0.6;
/** Error rates are never taken for lower than this: of `interfered` and `suspected` where nothing is blocked, of `accessible` where it is. */
export const LEAST_NOISE = {
  interfered: 0.005,
  suspected: 0.02,
  accessible: 0.02,
} as const;
export const GREATEST_NOISE = 0.98;
/** Votes that the least rates count for before anything is known of a network, and of a voter. */
export const NETWORK_PRIOR_VOTES = 50;
export const VOTER_PRIOR_VOTES = 4;
/** Greatest weight of one voter in the network's rate, votes. */
export const MAX_VOTER_WEIGHT = 30;
/** Whoever said it once says it again: chance of that, whatever the truth; and how many days again count. */
export const SAME_AGAIN = 0.5;
export const MAX_SAME_AGAIN_DAYS = 3;

/**
 * Without pairs it takes more: so many voters, so many of those who spoke, over so long. What ends sooner than `lastingMs`
 * was something else (a CDN's change, a site that fell).
 */
export const SUSPECTED = {
  logRatio: 6,
  voters: 5,
  share: 0.85,
  /** Voters whose results came to nothing or were the site's, for each who suspects: where they are many, something else is wrong. */
  uncounted: 0.5,
  spanMs: 6 * HOUR_MS,
  lastingMs: 24 * HOUR_MS,
} as const;

/** One device in so many may lie, together with the others who do; and at least so many. */
export const LIARS_ONE_IN = 5;
export const LEAST_LIARS = 1;
/** So many of those who spoke have to say it: far more than a fifth, since liars may be the first to speak. */
export const LEAST_SAYING = 0.35;
export const LEAST_VOTERS = 2;
/** Devices heard so many days before (as long as a pseudonym is used) and after are there. */
export const ROSTER_DAYS = { before: 30, after: 5 } as const;
/**
 * Kept when it is over, when there is time for it: one more than may lie must have said it where so many are there that one
 * could be mistaken; and for each device that was heard a part of one was not.
 */
export const KEPT = { moreFrom: 6, unheard: 1.2 } as const;
/** Pseudonyms that a device can have within WINDOW_MS, or an episode of less than an epoch. */
export const PSEUDONYMS_OF_ONE = 2;
/**
 * Until a domain has been measured for `measuredMs` in a network, nearly all who spoke have to say it; and unless so many
 * `voters` spoke within so long before, so many `strangers` with pairs.
 */
export const YOUNG = {
  measuredMs: 5 * DAY_MS,
  share: 0.85,
  ...{ voters: 5, withinMs: 14 * DAY_MS, strangers: 3 },
} as const;
/** To close: of those who spoke, without those who met no block before. */
export const CLOSE_SHARE = 0.6;

/** A change is looked for within so many results and so long before. */
export const MAX_WINDOW_RESULTS = 120;
export const WINDOW_MS = 10 * DAY_MS;
/** Change points whose ratio is within this of the best are held possible: brackets span them. Base-10 logarithm. */
export const POSSIBLE_LOG_RATIO = 1.5;

/** Points of change weighed for one result. */
export const MAX_POINTS = 12;
/** The newest votes of a domain and network that are looked at. */
export const MAX_VOTES = 20_000;
export const RECURRENT_MS = 90 * DAY_MS;
/** Episodes of one domain that are less apart belong to one event. */
export const JOIN_MS = 24 * HOUR_MS;
/** Onsets within so many hours of each other suggest one act. */
export const SIMULTANEOUS_MS = 6 * HOUR_MS;
/** Expected of one domain in one network and month: above what the simulation leaves possible; README.md. */
export const EXPECTED_FALSE_A_MONTH = 0.001;
