/** The legal ledger's axes, every one unknown: nobody has looked for an order yet, and saying so is part of the evidence. */
const AXES = [
  'ordering_body',
  'court_involved',
  'basis_status',
  'provision',
  'provision_in_force',
  'order_no',
  'order_date',
  'owner_notified',
  'scope_targeted',
  'scope_blocked',
  'official_explanation',
  'ground',
] as const;

const NO_ORDER_LOOKED_FOR = 'No order has been looked for.';

/** `basis/<id>.json`. */
export function unknownBasis(measurementId: string): string {
  const axes = Object.fromEntries(AXES.map((axis) => [axis, 'unknown']));
  const body = { measurement_id: measurementId, ...axes, searched: [], statement: NO_ORDER_LOOKED_FOR };
  return `${JSON.stringify(body, null, 1)}\n`;
}
