// What can be taken away from the board, and given back.

import { at, clone, keep, setData, setText } from './elements.js';
import { brokerAddress } from './path.js';
import { post } from './program.js';
import { minus, t } from './words.js';

function setupOf({ setup, power }) {
  if (!setup) {
    return [];
  }
  const on = power && setup.state !== 'closed';
  return [{
    key: 'setup', testid: 'setup-toggle', icon: 'air', on, name: t('setup_point'), neutral: true,
    label: `${t('setup_point')} ${setup.ssid}`, detail: `${setup.ssid} · ${t(on ? 'setup_is_open' : 'setup_is_closed')}`,
    flip: (open) => post('setup', { open }),
  }];
}

// Everything that can be taken away, as {key, testid, icon, title, detail, on, flip}.
function troublesOf(board) {
  const air = board.air.map(({ ssid, present, signal_dbm: dbm }) => ({
    key: `air ${ssid}`, testid: `air-toggle-${ssid}`, icon: 'air', on: present, name: ssid,
    label: t('access_point', { ssid }), detail: t(present ? 'air_present' : 'air_gone', { dbm: minus(dbm) }),
    flip: (on) => post('air', { ssid, present: on }),
  }));
  const broker = {
    key: 'broker', testid: 'broker-toggle', icon: 'broker', on: board.broker.running, name: t('broker'),
    detail: `${brokerAddress(board)} · ${t(board.broker.running ? 'broker_running' : 'broker_stopped')}`,
    flip: (running) => post('broker', { running }),
  };
  const power = {
    key: 'power', testid: 'power-toggle', icon: 'power', on: board.power, name: t('power'),
    detail: t(board.power ? 'power_on' : 'power_off'), flip: (on) => post('power', { on }),
  };
  return [...air, ...setupOf(board), ...(board.broker.embedded ? [broker] : []), power];
}

export function showTroubles(board) {
  const create = (item) => {
    const toggle = clone('toggle-template');
    toggle.querySelector('i').className = `icon-${item.icon}`;
    return toggle;
  };
  keep(at('trouble'), troublesOf(board), (item) => item.key, create, (toggle, item) => {
    setData(toggle, { testid: item.testid });
    toggle.classList.toggle('neutral', item.neutral === true);
    toggle.setAttribute('aria-checked', item.on);
    toggle.setAttribute('aria-label', item.label ?? item.name);
    toggle.onclick = () => item.flip(!item.on);
    setText(toggle.querySelector('b'), item.name);
    setText(toggle.querySelector('small'), item.detail);
  });
}
