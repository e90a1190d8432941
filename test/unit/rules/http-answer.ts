import type { HttpObservation } from '../../../shared/model/index.ts';
import { HOST, HTTP_URL, IP } from '../../golden/scenes.ts';

/** An ordinary answer of the site over plain HTTP, with what is other than that. */
export const httpAnswer = (parts: Partial<HttpObservation> = {}): HttpObservation => ({
  id: 'http-1-0',
  kind: 'http',
  vantage: 'probe',
  depth: 0,
  counterfactual: null,
  transaction: 1,
  startedAt: 0,
  duration: 0,
  failure: null,
  url: HTTP_URL,
  host: HOST,
  encrypted: false,
  address: IP,
  status: 200,
  title: null,
  headers: [],
  bodyLength: null,
  bodySha256: null,
  truncated: false,
  bodyText: null,
  ...parts,
});
