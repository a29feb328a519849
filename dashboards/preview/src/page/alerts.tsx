/** The states of the alert rules, as Prometheus reports them. */
import {dateTimeFormatTimeAgo, textUtil} from '@grafana/data';
import {Badge, type BadgeColor, Drawer, TextLink, ToolbarButton} from '@grafana/ui';
import {useCallback, useEffect, useState} from 'react';
import {type AlertEntry, type AlertState, alertEntries, type Rules} from './alerts-model.ts';
import {useEvery} from './page-state.ts';
import {request} from './prometheus-api.ts';

const colours: Readonly<Record<AlertState, BadgeColor>> = {firing: 'red', pending: 'orange', inactive: 'green'};

const useAlerts = (): readonly AlertEntry[] => {
  const [alerts, setAlerts] = useState<readonly AlertEntry[]>([]);
  const load = useCallback(() => {
    request<Rules>('rules', {type: 'alert'}).then(
      rules => setAlerts(alertEntries(rules)),
      () => setAlerts([]), // the panels say what is wrong with Prometheus
    );
  }, []);
  useEffect(load, [load]);
  useEvery(15, load);
  return alerts;
};

const Entry = ({state, name, severity, labels, summary, runbook, since}: Omit<AlertEntry, 'key'>) => (
  <li data-state={state}>
    <Badge text={state} color={colours[state]} /> <strong>{name}</strong> {severity}
    {since && <span className="since"> active {dateTimeFormatTimeAgo(since)}</span>}
    {labels.length > 0 && (
      <p className="labels">
        {labels.map(([label, value]) => (
          <code key={label}>{`${label}=${value}`}</code>
        ))}
      </p>
    )}
    {summary && <p>{summary}</p>}
    {runbook && (
      <TextLink href={textUtil.sanitizeUrl(runbook)} external>
        Runbook
      </TextLink>
    )}
  </li>
);

export const AlertsButton = () => {
  const alerts = useAlerts();
  const [open, setOpen] = useState(false);
  if (alerts.length === 0) return null;
  const count = (state: AlertState): number => alerts.filter(alert => alert.state === state).length;
  const active = count('firing') + count('pending');
  return (
    <>
      <ToolbarButton icon="bell" variant={count('firing') > 0 ? 'destructive' : 'canvas'} onClick={() => setOpen(true)}>
        {active > 0
          ? `${count('firing')} firing, ${count('pending')} pending`
          : `${alerts.length} alert rules, none active`}
      </ToolbarButton>
      {open && (
        <Drawer title="Alerts" onClose={() => setOpen(false)} size="md">
          <ul className="alerts">
            {alerts.map(({key, ...alert}) => (
              <Entry key={key} {...alert} />
            ))}
          </ul>
        </Drawer>
      )}
    </>
  );
};
