/** A site whose handshake shows a chain, and what is judged of it. */
import type { Verdict } from '../../../shared/model/index.ts';
import { draft, type Draft, type TlsSays } from '../../golden/build.ts';
import type { Chain } from '../../golden/chains.ts';
import type { ControlSays } from '../../golden/control.ts';
import { judged } from '../../golden/judged.ts';
import { CONTROL_GETS_ALL, HTTPS_URL, IP, names } from '../../golden/scenes.ts';

export const UNTRUSTED = 'ssl_unknown_authority';
export const forged = (chain: Chain): TlsSays => ({ chain, failure: UNTRUSTED });
export const verdictOf = (d: Draft): Verdict => judged(d.document()).verdict;

export function shown(
  says: TlsSays,
  then: (d: Draft) => void = () => undefined,
  control: ControlSays = CONTROL_GETS_ALL,
): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443);
  d.tls(says);
  then(d);
  d.control(control);
  return d;
}
