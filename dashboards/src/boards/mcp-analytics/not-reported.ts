/** Values that a panel shows if the gateway does not report the panel's family. */

export const notReported = 'not reported: gateways count it from 1.25 on';

/** The legend of a line at zero where an open label has no value yet. */
export const noneReported = 'none reported';
