/** Results as JSON and as lines for a terminal. Pure. */
import { toBase64 } from '../../shared/codec/base64.ts';
import { sha256Hex } from '../../shared/codec/digest.ts';
import type { InboundFinding, Shown } from './outcome.ts';
import type { InboundResult } from './run.ts';

/** Findings whose chains are kept whole: the evidence. */
const WITH_CHAIN: ReadonlySet<InboundFinding> = new Set([
  'known_authority',
  'imitated_authority',
  'untrusted_chain_for_name',
]);

function stepJson({ name, ending, failure, chain, appraisal, known }: Shown) {
  return {
    name,
    ending,
    failure,
    chain_sha256: chain.map(sha256Hex),
    trusted: appraisal?.trusted ?? null,
    authority_name: appraisal?.authorityName ?? null,
    authority_spki_sha256: appraisal?.authoritySpkiSha256 ?? null,
    known_authority: known,
  };
}

/** One line of --json, one entry of a signed file. `certificates`: base64 DER by SHA-256, where a chain is the evidence. */
export function resultJson(result: InboundResult) {
  const steps = result.attempts.flatMap(({ before, listed, after }) => [before, listed, after]);
  const kept = WITH_CHAIN.has(result.finding) ? steps.flatMap(({ chain }) => chain) : [];
  const { server, port, note, address, name, innocuous, at } = result;
  const { finding, outcome, evidence, authority, repeats, reason } = result;
  return {
    ...{ server, port, note, address, name, innocuous, at },
    ...{ finding, outcome, evidence, authority, repeats, reason },
    attempts: result.attempts.map(({ before, listed, after }) => [before, listed, after].map(stepJson)),
    certificates: Object.fromEntries(kept.map((der) => [sha256Hex(der), toBase64(der)])),
  };
}

const WORDS: Readonly<Record<InboundFinding, string>> = {
  known_authority: 'a chain under a recorded interception authority',
  imitated_authority: 'a chain in a recorded authority’s name, with another key',
  untrusted_chain_for_name:
    'a chain that no root vouches for, made for this name; the innocuous name gets a trusted one',
  reset: 'reset for this name, not for the innocuous one',
  closed: 'closed for this name, not for the innocuous one',
  silence: 'silent for this name, not for the innocuous one',
  not_tls: 'answered with something that is not TLS for this name only',
  alert: 'refused with a TLS alert, as servers do with names that they don’t have',
  other_chain: 'another chain, as servers choose by name',
  no_difference: 'no difference',
  no_comparison: 'the innocuous name gets no handshake either',
  unreachable: 'no connection',
  flapping: 'not the same every time',
  not_contacted: 'not contacted',
};

/** Why nothing was sent to a server; what a resolver says stays as the field calls it. */
const REASONS: Readonly<Record<string, string>> = {
  address_not_public: 'its address is no public one',
  own_address: 'it is this host',
  port_not_allowed: 'only ports 80, 443 and those from 1024 on',
  dns_no_answer: 'its name has no address',
  dns_nxdomain_error: 'its name does not exist',
};

/** Text from certificates and lists must not move the cursor. */
const printable = (text: string): string => text.replace(/\p{C}/gu, '�');

export function resultLine(result: InboundResult): string {
  const { server, port, name, outcome, evidence, finding, authority, repeats, reason } = result;
  const level = evidence === null ? outcome : `${outcome}, ${evidence}`;
  const who = authority === null ? '' : ` (${authority})`;
  const often = repeats.m > 1 ? `, ${repeats.n} of ${repeats.m}` : '';
  const why = reason === null ? '' : `: ${REASONS[reason] ?? reason}`;
  return printable(`${server}:${port}  ${name}  ${level}${often}  ${WORDS[finding]}${who}${why}`);
}

/** What has to be read with every table. */
export const CAVEAT =
  'A server that treats names differently looks the same as somebody on the way to it: only a recorded authority’s chain is more than a suspicion.';
