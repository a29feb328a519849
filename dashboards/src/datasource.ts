/** The uid under which Grafana's provisioning declares the Prometheus datasource and every board asks for it. */
export const prometheusUid = 'prometheus';

export const prometheus = {type: 'prometheus', uid: prometheusUid} as const;
