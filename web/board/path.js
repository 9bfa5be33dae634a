// The way to the broker, step by step, and the reason where it ends.

import { at, setData, setText } from './elements.js';
import { minus, reasonOf, t } from './words.js';

export function brokerAddress(board) {
  return board.broker.url.replace(/^\w+:\/\//, '').replace(/\/$/, '');
}

// Each step as [tone, detail]; the tones are ok, busy, warn, bad and idle.

const TONES = { off: 'idle', searching: 'busy', connecting: 'busy', lost: 'bad', waiting: 'warn', refused: 'bad' };

// Without a lease the board is on the network all the same: it is the address that is missing.
const isJoined = (wifi) => wifi.state === 'connected' || wifi.reason.startsWith('dhcp.');

function wifiStep({ wifi }) {
  const lost = wifi.state === 'lost' && wifi.ssid === '' ? 'searching' : wifi.state; // it has forgotten which one
  const state = isJoined(wifi) ? 'connected' : lost;
  const detail = t(`wifi_${state}`, { ssid: wifi.ssid, dbm: minus(wifi.signal_dbm) });
  if (state === 'connected') {
    return ['ok', detail];
  }
  return [state === 'searching' && wifi.reason ? 'bad' : TONES[state], detail];
}

function addressStep({ wifi }) {
  if (wifi.reason.startsWith('dhcp.')) {
    return ['bad', t('none')];
  }
  if (wifi.address) {
    return ['ok', wifi.address];
  }
  return wifi.state === 'off' ? ['idle', t('none')] : ['busy', t('address_asking')];
}

function brokerStep(board) {
  const where = brokerAddress(board);
  const { state } = board.broker;
  return state === 'connected' ? ['ok', where] : [TONES[state], t(`broker_${state}`, { at: where })];
}

function subscribedStep(board) {
  const topics = board.switches.map((item) => item.command_topic);
  if (board.state !== 'online') {
    return board.broker.state === 'connected' ? ['busy', t('subscribing')] : ['idle', t('none')];
  }
  return ['ok', topics.length > 1 ? t('subscribed_topics', { count: topics.length }) : topics[0] ?? t('none')];
}

// What has not begun because an earlier step is not done is neither under way nor in trouble.
function idleAfterTrouble(steps) {
  const trouble = steps.findIndex(([tone]) => tone !== 'ok' && tone !== 'idle'); // a wired board has its WiFi off
  return steps.map((step, index) => (trouble >= 0 && index > trouble ? ['idle', t('none')] : step));
}

export function showPath(board) {
  const steps = [wifiStep, addressStep, brokerStep, subscribedStep]
    .map((step) => (board.power ? step(board) : ['idle', t('none')]));
  idleAfterTrouble(steps).forEach(([tone, detail], index) => {
    const step = document.querySelector('.steps').children[index];
    setData(step, { tone });
    setText(step.querySelector('.tone'), t(`tone_${tone}`));
    setText(step.querySelector('.detail'), detail);
  });
}

function reasonShown(board) {
  if (!board.power) {
    return { code: '', words: t('no_power'), next: t('no_power_next'), tone: 'off' };
  }
  const source = [board, board.broker, board.wifi].find((part) => part.reason);
  if (source) {
    const tone = board.state === 'online' ? 'warn' : 'bad';
    return { ...reasonOf(source.reason, source.words, source.next), tone };
  }
  if (board.state === 'stopped') {
    return { code: '', words: t('node_stopped'), next: '', tone: 'off' };
  }
  if (board.state === 'running') {
    return { code: '', words: t('script_runs'), next: '', tone: 'ok' };
  }
  if (board.state !== 'online') {
    return { code: '', words: t('under_way'), next: '', tone: 'busy' };
  }
  const topics = board.switches.map((item) => item.command_topic).join(', ');
  return { code: '', words: topics ? t('all_well', { topics }) : t('all_well_plain'), next: '', tone: 'ok' };
}

export function showReason(board) {
  const { code, words, next, tone } = reasonShown(board);
  setData(at('reason'), { tone });
  setData(at('reason-words'), { reason: code });
  setText(at('reason-words'), words);
  setText(at('reason-code'), code);
  setText(at('reason-next'), next ? t('next', { next }) : '');
}

// Its own access point, and the page that somebody who has joined it sees.
export function showPortal({ setup, power }) {
  const state = power && setup ? setup.state : 'closed';
  at('portal').hidden = state === 'closed';
  setData(at('portal'), { state });
  setText(at('portal').querySelector('span'), state === 'closed' ? '' : t(`setup_${state}`, { ssid: setup.ssid }));
}
