/** The uid under which Grafana's provisioning declares the Prometheus datasource and every board asks for it. */
export const prometheusUid = 'prometheus';

export const prometheus = {type: 'prometheus', uid: prometheusUid} as const;

/** The same for CloudWatch. Each query names its region: `default` is the datasource's own. */
export const cloudwatchUid = 'cloudwatch';

export const cloudwatch = {type: 'cloudwatch', uid: cloudwatchUid} as const;
