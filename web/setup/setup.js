// Makes the page livelier; without it everything works as well, by forms and reloads.
(() => {
  const at = (id) => document.getElementById(id);
  const { dataset } = document.body;
  let failures = 0;

  function prepare() {
    const show = at('show');
    if (!show) {
      return;
    }
    const key = at('key');
    show.hidden = false;
    show.onclick = () => {
      key.type = key.type === 'password' ? 'text' : 'password';
      [show.textContent, show.dataset.hide] = [show.dataset.hide, show.textContent];
    };
    at('rescan').onclick = (event) => {
      event.preventDefault();
      const typed = new URLSearchParams(new FormData(at('form')));
      typed.delete('key');
      typed.delete('password');
      fetch(event.target.formAction, { method: 'POST', body: typed }).then(look, lose);
    };
  }

  async function fetchPage() {
    const text = await (await fetch(location.href)).text();
    return new DOMParser().parseFromString(text, 'text/html');
  }

  // What is being typed stays; of the list of networks what was chosen, too.
  function showList(page) {
    const chosen = document.querySelector('[name=network]:checked');
    at('list').replaceChildren(...page.getElementById('list').childNodes);
    const again = chosen && document.querySelector(`[name=network][value="${chosen.value}"]`);
    if (again) {
      again.checked = true;
    }
  }

  function lose() {
    failures += 1;
    at('gone').hidden = failures < 3;
  }

  async function look() {
    const [state, scans] = (await (await fetch('/setup/state')).text()).trim().split(' ');
    failures = 0;
    at('gone').hidden = true;
    if (state !== dataset.state || state === 'trying') {
      const page = await fetchPage();
      at('main').replaceChildren(...page.getElementById('main').childNodes);
      Object.assign(dataset, page.body.dataset);
      prepare();
    } else if (scans !== dataset.scans && at('list')) {
      dataset.scans = scans;
      showList(await fetchPage());
    }
  }

  // Each look tells the device that somebody is there.
  async function watch() {
    if (!document.hidden) {
      await look().catch(lose);
    }
    if (dataset.state !== 'confirmed') {
      setTimeout(watch, dataset.state === 'trying' ? 800 : 3000);
    }
  }

  prepare();
  watch();
})();
