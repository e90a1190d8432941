/**
 * Operators that exist in the lab only, so that no real one is accused by a test: numbers for documentation (RFC 5398). The
 * network in which most scenarios are belongs to nobody.
 */

interface LabOperator {
  readonly cc: 'KZ';
  readonly asn: number;
  readonly owner: string;
  readonly access: 'fixed' | 'mobile';
}

export const LAB_TELECOM: LabOperator = { cc: 'KZ', asn: 64_505, owner: 'Lab Telecom', access: 'fixed' };
/** A second network of the same owner. */
export const LAB_TELECOM_TOO: LabOperator = { cc: 'KZ', asn: 64_506, owner: 'Lab Telecom', access: 'fixed' };
export const LAB_RIVAL: LabOperator = { cc: 'KZ', asn: 64_507, owner: 'Lab Rival', access: 'fixed' };
export const LAB_MOBILE: LabOperator = { cc: 'KZ', asn: 64_508, owner: 'Lab Mobile', access: 'mobile' };

/** In the columns of testlists/networks.csv, for a runner to add to that file's rows. */
export const LAB_NETWORK_ROWS = [LAB_TELECOM, LAB_TELECOM_TOO, LAB_RIVAL, LAB_MOBILE]
  .map(({ asn, owner, access }) => `${asn},${owner},${access},,,made for the test lab\n`)
  .join('');
