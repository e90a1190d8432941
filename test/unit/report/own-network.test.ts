import { describe, expect, it } from 'vitest';
import { ownRedactor } from '../../../probe/commands/own-redactor.ts';
import type { World } from '../../../probe/commands/world.ts';
import type { Net } from '../../../probe/net/net.ts';

const INTERFACES = { wlan0: [{ address: '192.168.1.20' }, { address: '2a01:4f8:1:2::20' }] };

describe('what a site may not send the probe to', () => {
  it('is the device and its own IPv6 network, where the router is; nobody else’s', async () => {
    const world = { interfaces: () => INTERFACES } as unknown as World;
    const { isOwn } = await ownRedactor(world, {} as Net, [], new AbortController().signal);
    expect(['2a01:4f8:1:2::1', '2a01:4f8:1:2:ffff::1', '192.168.1.20'].map(isOwn)).toEqual([
      true,
      true,
      true,
    ]);
    expect(['2a01:4f8:1:3::1', '11.0.0.1', 'no address'].map(isOwn)).toEqual([false, false, false]);
  });
});
