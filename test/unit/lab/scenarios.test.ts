import { describe, expect, test } from 'vitest';
import { formatIp, ipClass, parseIp } from '../../../shared/codec/ip.ts';
import { CAUSES, METHODS, type Outcome } from '../../../shared/model/verdict.ts';
import {
  ALL_SCENARIOS as ALL,
  type CensorRule,
  type Expectation,
  type Scenario,
  type SiteBehaviour,
} from '../../scenarios/index.ts';
import { PEER_SCENARIOS } from './peer-names.ts';

/** What no scenario can show, and why. QUIC is not measured. */
const METHODS_NOT_SHOWN: Readonly<Record<string, string>> = {
  'tcp.reset': 'a system calls a RST in answer to its SYN "refused"; a later one is of TLS or HTTP',
};
const CAUSES_NOT_SHOWN: Readonly<Record<string, string>> = {
  ddos_suspected: 'no rule says it: one measurement can’t tell an overload from a server that is down',
};
/** Targets that stand on no server, because the name exists nowhere. */
const NAMES_OF_NOBODY = [
  'dns-injected-denial-ghost',
  'dns-resolver-invents-for-everything',
  'name-unknown-everywhere',
  'peer-ghostDNSBlockingWithHTTP',
  'peer-ghostDNSBlockingWithHTTPS',
  'peer-websiteDownNXDOMAIN',
];
/** A site that is its visitor's own machine stands at this address for everybody. */
const OWN_MACHINE = '127.0.0.1';
/** Where the labs themselves stand: control, reflector, resolvers and the client. */
const LAB_BLOCKS = ['11.254.', '11.255.', '3ffe:fffe:', '3ffe:ffff:'];
const ACCUSING: readonly Outcome[] = ['interfered', 'suspected'];
const EXPLAINED: readonly Outcome[] = ['refused', 'down', 'local'];
const CLEARING: readonly Outcome[] = ['accessible', ...EXPLAINED];

const repeated = (values: readonly string[]): string[] => values.filter((v, i) => values.indexOf(v) !== i);
const named = (holds: (scenario: Scenario) => boolean): string[] => ALL.filter(holds).map((s) => s.name);
/** Of the target. */
const ofTarget = ({ expect: one, expectTogether: all, elsewhere = [] }: Scenario): readonly Expectation[] => [
  one,
  ...(all === undefined ? [] : [all]),
  ...elsewhere.flatMap((place) => place.expect ?? []),
];
const expectations = (scenario: Scenario): readonly Expectation[] => [
  ...ofTarget(scenario),
  ...(scenario.others ?? []).map((other) => other.expect),
];
const outcomes = (wanted: Expectation): readonly Outcome[] => [wanted.outcome, ...(wanted.orOutcomes ?? [])];
const EXPECTED = ALL.flatMap(expectations);

const canonical = (address: string): string => formatIp(parseIp(address)!);

/** Each address once. */
function addressesOf(scenario: Scenario): readonly string[] {
  const all = scenario.sites.flatMap((site) => site.addresses.map(canonical));
  return [...new Set(all)].filter((address) => address !== OWN_MACHINE);
}
function views(scenario: Scenario): readonly Partial<SiteBehaviour>[] {
  return scenario.sites.flatMap((site) => [site, site.to?.client ?? {}, site.to?.outside ?? {}]);
}
/** Addresses that a rule gives for a name. */
const said = (rule: CensorRule): readonly string[] =>
  rule.on === 'name' && 'addresses' in rule.action ? rule.action.addresses.map(canonical) : [];
/** Addresses that a rule waits for. */
function sought(rule: CensorRule): readonly string[] {
  if (rule.on === 'address') return rule.match === '*' ? [] : [canonical(rule.match)];
  return 'at' in rule && rule.at !== undefined ? [canonical(rule.at)] : [];
}
function rulesOf(scenario: Scenario): readonly CensorRule[] {
  const { censor, secondOpinion = [], outsideNames = [], diaryNames = [] } = scenario;
  return [...censor, ...secondOpinion, ...outsideNames, ...diaryNames];
}
const inLab = (address: string): boolean => LAB_BLOCKS.some((block) => address.startsWith(block));
/** Some SYN of this client stays unanswered. */
function leavesSynUnanswered(scenario: Scenario): boolean {
  const { censor, line } = scenario;
  return (
    censor.some((rule) => rule.on === 'address' && rule.action.kind === 'drop') ||
    censor.some((rule) => 'residual' in rule && rule.residual !== undefined) ||
    views(scenario).some((site) => site.state === 'silent') ||
    line?.elsewhere === 'silent' ||
    line?.ipv6 === 'silent' ||
    line?.penalisedSeconds !== undefined
  );
}
const leftToChance = ({ line, sites }: Scenario): boolean =>
  line?.cutsEvery !== undefined || (line?.loss ?? 0) > 0 || sites.some((site) => site.flaps !== undefined);

describe('the networks, as data', () => {
  test('names, hosts and addresses belong to one scenario each', () => {
    expect(repeated(ALL.map((scenario) => scenario.name))).toEqual([]);
    expect(repeated(ALL.flatMap((s) => s.sites.map((site) => site.host)))).toEqual([]);
    expect(repeated(ALL.flatMap(addressesOf))).toEqual([]);
  });

  test('names can be typed, titles are one sentence', () => {
    for (const { name, title } of ALL) {
      expect(name).toMatch(/^[a-z][A-Za-z0-9-]*$/);
      expect(title).toMatch(/^[^\n]+\.$/);
    }
  });

  test('sites have public-looking addresses outside the labs’ own, and reserved names', () => {
    for (const scenario of ALL) {
      for (const site of scenario.sites) expect(site.host).toMatch(/^[a-z0-9.-]+\.example$/);
      for (const address of addressesOf(scenario)) {
        expect([address, ipClass(parseIp(address)!)]).toEqual([address, 'public']);
        expect([address, inLab(address)]).toEqual([address, false]);
      }
    }
  });

  test('a rule waits for addresses of its own scenario or of the lab, and gives none of another scenario', () => {
    const everybody = ALL.flatMap(addressesOf);
    for (const scenario of ALL) {
      const own = addressesOf(scenario);
      const rules = rulesOf(scenario);
      const never = rules.flatMap(sought).filter((address) => !own.includes(address) && !inLab(address));
      const foreign = rules.flatMap(said).filter((a) => everybody.includes(a) && !own.includes(a));
      expect([scenario.name, never, foreign]).toEqual([scenario.name, [], []]);
    }
  });

  test('the other targets of a run are sites of its scenario', () => {
    for (const { name, others = [], sites } of ALL)
      for (const { target } of others)
        expect([name, sites.map((site) => site.host)]).toEqual([
          name,
          expect.arrayContaining([new URL(target).hostname]),
        ]);
  });

  test('a diverted connection ends at a site of its scenario', () => {
    for (const { name, censor, sites } of ALL)
      for (const rule of censor)
        if (rule.action.kind === 'divert')
          expect([name, sites.map((site) => site.host)]).toEqual([
            name,
            expect.arrayContaining([rule.action.to]),
          ]);
  });

  test('the target is a site of its scenario, unless the name exists nowhere', () => {
    const hostOf = ({ target }: Scenario) => new URL(target).hostname;
    expect(named((s) => !s.sites.some((site) => site.host === hostOf(s))).sort()).toEqual(NAMES_OF_NOBODY);
  });

  test('needs are said where a runner has to meet them, and nowhere else', () => {
    const needs = (need: 'silence' | 'loss' | 'icmp') => named((s) => s.needs?.includes(need) === true);
    expect(needs('silence')).toEqual(named(leavesSynUnanswered));
    expect(needs('loss')).toEqual(named((s) => (s.line?.loss ?? 0) > 0));
    expect(needs('icmp')).toEqual(
      named((s) => s.censor.some((rule) => rule.on === 'address' && rule.action.kind === 'unreachable')),
    );
  });

  test('all of OONI’s scenarios are there, each once and under its own name', () => {
    expect(ALL.flatMap((s) => s.peer ?? []).sort()).toEqual([...PEER_SCENARIOS].sort());
    expect(named((s) => s.peer !== undefined && s.name !== `peer-${s.peer}`)).toEqual([]);
  });
});

describe('the verdicts that must follow', () => {
  test('expectations are of the vocabulary and consistent', () => {
    for (const scenario of ALL)
      for (const wanted of expectations(scenario)) {
        const { outcome, method, cause } = wanted;
        const say = (fact: boolean) => [scenario.name, fact];
        expect(say(method !== null)).toEqual(say(ACCUSING.includes(outcome)));
        // A control that was turned away leaves the question open, and says why.
        if (outcome !== 'insufficient') expect(say(cause !== null)).toEqual(say(EXPLAINED.includes(outcome)));
        else expect([null, 'control_refused']).toContain(cause);
        expect(say(wanted.layer !== null)).toEqual(say(method !== null));
        if (method !== null) expect(METHODS).toContain(method);
        expect(method?.split('.')[0] ?? null).toBe(wanted.layer);
        if (cause !== null) expect(CAUSES).toContain(cause);
        expect(say(wanted.authority !== undefined)).toEqual(say(method === 'tls.interception'));
      }
  });

  test('the innocent are not suspected, interference is not excused, the undecidable is not accused', () => {
    const expects = (truth: Scenario['truth'], some: readonly Outcome[]) =>
      named(
        (s) =>
          s.truth === truth &&
          expectations(s)
            .flatMap(outcomes)
            .some((o) => some.includes(o)),
      );
    expect(expects('benign', ACCUSING)).toEqual([]);
    const cleared = named(
      (s) =>
        s.truth === 'interference' &&
        ofTarget(s)
          .flatMap(outcomes)
          .some((o) => CLEARING.includes(o)),
    );
    expect(cleared).toEqual([]);
    expect(expects('undecidable', ['interfered'])).toEqual([]);
  });

  test('of the other targets of a run those that a rule names are accused, and no others', () => {
    for (const { name, censor, others = [] } of ALL)
      for (const { target, expect: wanted } of others) {
        const { hostname } = new URL(target);
        const meant = censor.some((rule) => rule.match === hostname || rule.match === '*');
        expect([name, target, ACCUSING.includes(wanted.outcome)]).toEqual([name, target, meant]);
      }
  });

  test('what is said of an interceptor together fits what is said of it alone', () => {
    for (const { name, expectEvent: event, expect: wanted, truth, probes = 1, elsewhere } of ALL) {
      if (elsewhere !== undefined) expect([name, probes > 1]).toEqual([name, true]);
      if (event === undefined) continue;
      expect([name, event.authority]).toEqual([name, wanted.authority]);
      if (truth !== 'interference') expect([name, event.decision]).not.toEqual([name, 'interference']);
      else expect([name, event.decision]).not.toEqual([name, 'local']);
    }
  });

  test('several outcomes are as good only where chance decides', () => {
    expect(named((s) => expectations(s).some((e) => e.orOutcomes !== undefined) && !leftToChance(s))).toEqual(
      [],
    );
  });

  test('each method and cause is shown, or it is written down why it can’t be', () => {
    const methods = METHODS.filter((m) => !m.startsWith('quic.') && !EXPECTED.some((e) => e.method === m));
    expect([...methods].sort()).toEqual(Object.keys(METHODS_NOT_SHOWN).sort());
    const causes = CAUSES.filter((cause) => !EXPECTED.some((e) => e.cause === cause));
    expect([...causes].sort()).toEqual(Object.keys(CAUSES_NOT_SHOWN).sort());
  });
});
