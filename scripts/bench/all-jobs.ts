/** Every job; those that take longest first, so that no process has one left at the end. */
import { BLOCKING_JOBS } from './blocking-jobs.ts';
import type { Job } from './jobs.ts';
import { REPLAY_JOBS } from './replay-jobs.ts';
import { SILENCE_JOBS } from './silence-jobs.ts';
import { UGANDA_JOB } from './uganda-job.ts';

export const JOBS: readonly Job[] = [...SILENCE_JOBS, ...BLOCKING_JOBS, ...REPLAY_JOBS, UGANDA_JOB];
