import type { World } from './world.ts';

const BITS = 2 ** 32;

/** In [0, 1). */
export function randomFraction(world: World): number {
  const bytes = world.random(4);
  return new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / BITS;
}
