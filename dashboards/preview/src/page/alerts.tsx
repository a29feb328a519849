/** The states of the alert rules, as Prometheus reports them. */
import {textUtil} from '@grafana/data';
import {Badge, type BadgeColor, Drawer, ToolbarButton} from '@grafana/ui';
import {useCallback, useEffect, useState} from 'react';
import {useEvery} from './page-state.ts';
import {ask} from './prometheus-query.ts';

type AlertState = 'firing' | 'pending' | 'inactive';
type Rule = {
  readonly type: string;
  readonly name: string;
  readonly state?: AlertState;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
};
type Rules = {readonly groups: readonly {readonly rules: readonly Rule[]}[]};

const colours: Readonly<Record<AlertState, BadgeColor>> = {firing: 'red', pending: 'orange', inactive: 'green'};
const order: readonly AlertState[] = ['firing', 'pending', 'inactive'];

const useAlerts = (): readonly Rule[] => {
  const [alerts, setAlerts] = useState<readonly Rule[]>([]);
  const load = useCallback(() => {
    ask<Rules>('rules', {type: 'alert'}).then(
      ({groups}) => setAlerts(groups.flatMap(({rules}) => rules)),
      () => setAlerts([]), // the panels say what is wrong with Prometheus
    );
  }, []);
  useEffect(load, [load]);
  useEvery(15, load);
  return alerts;
};

export const AlertsButton = () => {
  const alerts = useAlerts();
  const [open, setOpen] = useState(false);
  if (alerts.length === 0) return null;
  const count = (state: AlertState): number => alerts.filter(alert => alert.state === state).length;
  const active = count('firing') + count('pending');
  return (
    <>
      <ToolbarButton icon="bell" variant={count('firing') > 0 ? 'destructive' : 'canvas'} onClick={() => setOpen(true)}>
        {active > 0 ? `${count('firing')} firing, ${count('pending')} pending` : `${alerts.length} alerts, all quiet`}
      </ToolbarButton>
      {open && (
        <Drawer title="Alerts" onClose={() => setOpen(false)} size="md">
          <ul className="alerts">
            {[...alerts]
              .sort((a, b) => order.indexOf(a.state ?? 'inactive') - order.indexOf(b.state ?? 'inactive'))
              .map(({name, state = 'inactive', labels, annotations}) => (
                <li key={`${name}${JSON.stringify(labels)}`}>
                  <Badge text={state} color={colours[state]} /> <strong>{name}</strong> {labels?.['severity']}
                  <p>{annotations?.['summary']}</p>
                  {annotations?.['runbook_url'] && (
                    <a href={textUtil.sanitizeUrl(annotations['runbook_url'])}>Runbook</a>
                  )}
                </li>
              ))}
          </ul>
        </Drawer>
      )}
    </>
  );
};
