import { join } from 'node:path';
import { targetsOf } from '../../scenarios/probes.ts';
import type { Scenario } from '../../scenarios/scenario.ts';
import {
  COLLECTOR_ADDRESS,
  COLLECTOR_PORT,
  DOH_ADDRESS,
  DNS_PORT,
  HTTP_PORT,
  REFLECTOR,
  REFLECTOR_NAME,
  REFLECTOR_PORTS,
  SELF_SIGNED_PORT,
  WHOAMI_ZONE,
} from './layout.ts';

/** The two programs' command lines, as their users would type them. */

export const collectorUrl = (): string => `http://${COLLECTOR_ADDRESS}:${COLLECTOR_PORT}`;

const snapshotFlags = (folder: string): readonly string[] => [
  ...['--extra-root', join(folder, 'root.pem'), '--fingerprints', join(folder, 'fingerprints.json')],
  ...['--fingerprints', join(folder, 'blockpages.csv')],
];

const labFlags = (folder: string): readonly string[] => [
  ...['--json', '--yes', '--collector', collectorUrl(), '--doh', `https://${DOH_ADDRESS}/dns-query`],
  ...snapshotFlags(folder),
];

export function probeArguments(scenario: Scenario, folder: string): readonly string[] {
  const type = scenario.line?.type;
  return [
    ...['run', ...targetsOf(scenario).flatMap((url) => ['--url', url]), '--publish', ...labFlags(folder)],
    ...(type === undefined ? [] : ['--network-type', type]),
  ];
}

/** A run of another day, of which nothing is sent. */
export function earlierArguments(folder: string): readonly string[] {
  return ['run', '--url', `https://${REFLECTOR_NAME}/`, '--no-upload', ...labFlags(folder)];
}

export function collectorArguments(folder: string): readonly string[] {
  const listen = [...REFLECTOR_PORTS, HTTP_PORT].flatMap((port) => [
    ...['--reflector-listen', `${REFLECTOR[4]}:${port}`],
    ...['--reflector-listen', `[${REFLECTOR[6]}]:${port}`],
  ]);
  return [
    ...['serve', '--data', join(folder, 'collector'), '--listen', `${COLLECTOR_ADDRESS}:${COLLECTOR_PORT}`],
    ...snapshotFlags(folder),
    ...['--reflector-cert', join(folder, 'reflector.pem'), '--reflector-key', join(folder, 'reflector.key')],
    ...listen,
    ...['--self-signed-listen', `${REFLECTOR[4]}:${SELF_SIGNED_PORT}`, '--no-further-ports'],
    ...['--asn-db', join(folder, 'networks.csv')],
    ...['--whoami-zone', WHOAMI_ZONE, '--whoami-listen', `${REFLECTOR[4]}:${DNS_PORT}`],
  ];
}

/** The device's clock is wrong: time as the program reads it, and nothing else, is shifted. */
export const SHIFTED_CLOCK = `
const shift = Number(process.env.KUAGER_LAB_CLOCK_HOURS) * 3600000;
const RealDate = Date;
globalThis.Date = class extends RealDate {
  constructor(...args) { if (args.length === 0) super(RealDate.now() + shift); else super(...args); }
  static now() { return RealDate.now() + shift; }
};
`;
