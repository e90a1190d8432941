import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { neighbourKnown, nextHop } from '../../../probe/watch/routes.ts';

const V4 = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\tFE01A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
`;
const V6 = `00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200       lo
`;

describe('the next hop', () => {
  it('is that of the default route with the lowest metric, IPv4 first', () => {
    expect(nextHop(V4, V6)).toEqual({ device: 'eth0', address: '192.168.1.254' });
    expect(nextHop('Iface\tDestination', V6)).toEqual({ device: 'eth0', address: 'fe80::1' });
  });

  it('may be none, have no address, or not be known', () => {
    expect(nextHop('Iface\tDestination\n', null)).toBeNull();
    expect(nextHop('ppp0\t00000000\t00000000\t0001\t0\t0\t0\t00000000\t0\t0\t0', null)).toEqual({
      device: 'ppp0',
      address: null,
    });
    expect(nextHop(null, null)).toBe('unknown');
    // "No such network" is a route too.
    expect(nextHop(null, V6.split('\n')[1]!)).toBeNull();
  });

  it('reads anything', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const hop = nextHop(a, b);
        expect(hop === null || typeof hop === 'object').toBe(true);
      }),
    );
  });
});

describe('the neighbour table', () => {
  const ARP = `IP address       HW type     Flags       HW address            Mask     Device
192.168.1.254    0x1         0x2         02:00:00:00:00:01     *        eth0
192.168.1.7      0x1         0x0         00:00:00:00:00:00     *        eth0
`;
  it('knows who answered', () => {
    expect(neighbourKnown(ARP, '192.168.1.254')).toBe(true);
    expect(neighbourKnown(ARP, '192.168.1.7')).toBe(false);
    expect(neighbourKnown(ARP, '192.168.1.8')).toBeNull();
    expect(neighbourKnown(null, '192.168.1.8')).toBeNull();
  });
});
