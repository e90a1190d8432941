import { draft, type Draft } from '../build.ts';
import type { GoldenCase } from '../case.ts';
import { AT_SITE, CONTROL_GETS_ALL, HTTPS_URL, IP, names, SECURE } from '../scenes.ts';

const SILENT = 'generic_timeout_error';

function silentAddress(siblings: readonly string[]): Draft {
  const d = draft(HTTPS_URL);
  names(d);
  d.tcp(IP, 443, SILENT);
  d.tcp(IP, 443, SILENT);
  const steps = siblings.map(() => () => void d.tcp(IP, 443, SILENT));
  d.pair({ ...AT_SITE('tcp.siblings_at_address'), siblings }, ...steps);
  d.control({ ...CONTROL_GETS_ALL, siblings: { [IP]: siblings } });
  return d;
}

export const golden: GoldenCase = {
  fires: {
    story: 'A bakery, a school and a choir on the same address fall silent together; the control connects.',
    document: silentAddress(['bakery.example', 'www.school.test', 'choir.invalid']).document(),
    finding: {
      outcome: 'interfered',
      method: 'tcp.timeout',
      evidence: 'strong',
      because: ['tcp-4', 'tcp-5', 'tcp-6', 'tcp-7', 'tcp-8', `control-tcp-${SECURE}`],
      counterfactuals: ['p1'],
    },
  },
  lookAlike: {
    story: 'All the sites on the address belong to one owner, whose own firewall may drop this country.',
    document: silentAddress(['news.one.example.kz', 'shop.example.kz', 'example.kz']).document(),
    verdict: { outcome: 'suspected', method: 'tcp.timeout', evidence: 'weak' },
  },
};
