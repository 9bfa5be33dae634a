// The page of the virtual board: draws what the program behind it says, and tells it what the person does.

import { attachPress, releaseAll, showButtons } from './buttons.js';
import { drawPads, showDrawing } from './drawing.js';
import { at, setData, setText, translate } from './elements.js';
import { addMessage, forgetMessages, setMessages, showMessages, togglePause } from './messages.js';
import { showPath, showPortal, showReason } from './path.js';
import { showPins } from './pins.js';
import { isLive, listen, notify } from './program.js';
import { showSwitches } from './switches.js';
import { showTroubles } from './trouble.js';
import { duration, remember, settings, t } from './words.js';

let shown = null; // the board
let booted_at = 0;

function showBoard(board) {
  shown = board;
  booted_at = performance.now() - board.uptime_s * 1000;
  const state = board.power ? board.state : 'unpowered';
  setText(at('node'), board.node);
  setData(at('node-state'), { state });
  setText(at('node-state'), t(`state_${state}`));
  document.title = `${board.node} · ${t(`state_${state}`)}`;
  showUptime();
  showPath(board);
  showReason(board);
  showPortal(board);
  showDrawing(board);
  showButtons(board);
  showSwitches(board);
  showTroubles(board);
  showPins(board);
}

function showConnection(live) {
  setData(at('connection'), { state: live === null ? 'connecting' : live ? 'live' : 'away' });
  setText(at('connection'), t(live === null ? 'connecting_page' : live ? 'live' : 'away'));
  at('away').hidden = live !== false;
  document.body.classList.toggle('is-away', live === false);
}

function showUptime() {
  const known = shown?.power && isLive();
  const seconds = Math.floor((performance.now() - booted_at) / 1000);
  setText(at('uptime'), known ? ` · ${t('uptime', { time: duration(seconds) })}` : '');
}

function showLanguage() {
  document.documentElement.lang = settings.language === 'zh' ? 'zh-CN' : 'en';
  at('language').value = settings.language;
  translate(document);
  showConnection(isLive());
  showMessages();
  if (shown) {
    showBoard({ ...shown, uptime_s: (performance.now() - booted_at) / 1000 });
  }
}

// The dark colours stand once, in a media rule of board.css; a choice by hand rewrites that rule's condition.
const darkRule = [...document.styleSheets[0].cssRules].find((rule) => rule.media?.mediaText.includes('color-scheme'));

function showTheme() {
  at('theme').value = settings.theme;
  darkRule.media.mediaText = { auto: '(prefers-color-scheme: dark)', light: 'not all', dark: 'all' }[settings.theme];
}

function choose(name, show) {
  at(name).onchange = (event) => {
    settings[name] = event.target.value;
    remember(name, settings[name]);
    show();
  };
  show();
}

drawPads();
attachPress(at('button'), () => shown?.buttons[0]?.pin ?? null);
['blur', 'pagehide'].forEach((name) => addEventListener(name, releaseAll));
at('pause').onclick = togglePause;
at('notice').querySelector('button').onclick = () => notify('');
choose('theme', showTheme);
choose('language', showLanguage);
setInterval(showUptime, 1000);
listen({
  onConnection(live) {
    showConnection(live);
    if (live) {
      forgetMessages();
    }
  },
  onSnapshot(board) {
    setMessages(board.messages);
    showBoard(board);
  },
  onBoard: showBoard,
  onMessage: addMessage,
});
