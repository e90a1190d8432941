/** Joining has to end soon, however much was handed in. */
import { expect, it } from 'vitest';
import { joinSightings } from '../../../shared/judge/authorities.ts';
import { clean, met, NETWORKS } from './sightings.ts';

it('ten thousand sightings are joined in bounded time', () => {
  const many = Array.from({ length: 10_000 }, (_, i) =>
    met({ pseudonym: `p${i}`, hosts: [`h${i}.example`], keyed: 'everything', region: `KZ-${i % 99}` }),
  );
  const beside = Array.from({ length: 1_000 }, (_, i) => clean(`c${i}`, { host: `h${i}.example` }));
  const started = performance.now();
  const [event] = joinSightings(many, beside, NETWORKS);
  expect(performance.now() - started).toBeLessThan(2_000);
  expect(event!.nameCount).toBe(10_000);
  expect(event!.names.length).toBeLessThanOrEqual(200);
});
