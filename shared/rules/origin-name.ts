/** Is the name itself gone, or the site no longer where it was? The word is the zone's own, and the diary's. */
import type { Observation } from '../model/index.ts';
import type { Case, Hop } from './case.ts';
import { parentDenies, secondDenial, wasThereBefore } from './dns-facts.ts';
import { samePageForReflector } from './dns-made-up.ts';
import { uncachedPairs } from './dns-pairs.ts';
import { at, authenticated, ORIGIN_LEVEL } from './origin-facts.ts';
import {
  atControl,
  atDeviceAddress,
  canonicalEquals,
  responseOf,
  truthfulAddresses,
  usedByDevice,
} from './predicates.ts';
import type { Rule } from './rule.ts';

/**
 * The resolver alone knows an address, and not from before: an old answer, or one made up for a name that no longer
 * matters to anybody else. Nobody here can tell, unless it answers for everything.
 */
function knownHereAlone(c: Case, hop: Hop): boolean {
  const given = usedByDevice(hop).flatMap((o) => o.addresses);
  if (given.length === 0 || secondDenial(hop).length === 0 || wasThereBefore(c, given)) return false;
  return !uncachedPairs(c, hop).some((p) => p.inventsEverything);
}

/** The site itself answered at an address that this device would have used; one that only others know doesn't count. */
const reachedHere = (hop: Hop): boolean => authenticated(hop).some((o) => atDeviceAddress(hop, o.address));

/** What shows that somebody else's server stands at these addresses now: its certificate, or its page for any name. */
function takenByOthers(c: Case, hop: Hop, given: readonly string[]): readonly Observation[] {
  const page = responseOf(hop);
  if (!hop.encrypted)
    return page !== null && atDeviceAddress(hop, page.address) ? samePageForReflector(c, page) : [];
  const strangers = hop.tls.filter(
    (o) => given.includes(o.address) && o.appraisal?.pathToRoot === true && o.appraisal.wrongName,
  );
  return given.every((a) => strangers.some((o) => o.address === a)) ? strangers : [];
}

export const ORIGIN_NAME_RULES: readonly Rule[] = [
  {
    id: 'origin.parent_denies',
    layer: 'dns',
    claim:
      'The zone above the name, asked without a cache, says that it does not exist: whatever a cache still says.',
    evidence: 'confirmed',
    outcomes: ['down'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops[0];
      if (hop === undefined || c.control === null || !parentDenies(c, hop)) return [];
      if (reachedHere(hop) || knownHereAlone(c, hop)) return [];
      const because: Observation[] = [...usedByDevice(hop), c.control.dns];
      return [
        {
          outcome: 'down',
          cause: 'domain_suspended',
          evidence: 'confirmed',
          layer: 'dns',
          ...at(hop),
          because,
        },
      ];
    },
  },
  {
    id: 'origin.moved',
    layer: 'dns',
    claim:
      'The resolver still gives addresses that were the site’s in the last days and are no longer; nobody gets through to them, the control neither, or somebody else has them now.',
    evidence: ORIGIN_LEVEL,
    outcomes: ['down'],
    alternatives: [],
    fires: (c) => {
      const hop = c.hops[0];
      if (hop === undefined || c.control === null || hop.tcp.length === 0) return [];
      const used = usedByDevice(hop).filter((o) => o.addresses.length > 0);
      const given = used.flatMap((o) => o.addresses);
      const truth = truthfulAddresses(c, hop);
      if (!wasThereBefore(c, given) || given.some((a) => canonicalEquals(truth, a))) return [];
      const old = hop.tcp.filter((o) => given.includes(o.address));
      const dead = old.flatMap((o) => {
        const control = atControl(c.control?.tcp, o);
        return o.failure !== null && control !== undefined && control.failure !== null ? [o, control] : [];
      });
      const vacant = old.length > 0 && dead.length === 2 * old.length;
      const others = vacant ? [] : takenByOthers(c, hop, given);
      if ((!vacant && others.length === 0) || reachedHere(hop)) return [];
      const because: Observation[] = [...used, ...dead, ...others, c.control.dns];
      return [
        { outcome: 'down', cause: 'site_moved', evidence: ORIGIN_LEVEL, layer: 'dns', ...at(hop), because },
      ];
    },
  },
];
