/** Joining has to end soon, however much was handed in. */
import { expect, it } from 'vitest';
import { joinSightings } from '../../../shared/judge/authorities.ts';
import { clean, met, NETWORKS } from './sightings.ts';

it('ten thousand sightings are joined in bounded time', () => {
  const many = Array.from({ length: 10_000 }, (_, i) =>
    met({ pseudonym: `p${i}`, hosts: [`h${i}.example`], keyed: 'everything', region: `KZ-${i % 99}` }),
  );
  const beside = Array.from({ length: 1_000 }, (_, i) => clean(`c${i}`, { host: `h${i}.example` }));
  // Of the processor: on a busy machine the clock tells of others' work.
  const started = process.cpuUsage();
  const [event] = joinSightings(many, beside, NETWORKS);
  const { user, system } = process.cpuUsage(started);
  expect((user + system) / 1000).toBeLessThan(2_000);
  expect(event!.nameCount).toBe(10_000);
  expect(event!.names.length).toBeLessThanOrEqual(200);
});
