/** What panels show whose families not every gateway reports. */

export const notReported = 'not reported: gateways count it from 1.25 on';

/** The legend of a line at zero where an open label has no value yet. */
export const noneReported = 'none reported';
