"""Callbacks are strangers: what leads to what is not public is refused, when it is asked for and at each connect."""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from callbacks import LINE, Subscribers, subscriptions, wishes
from conftest import Site, eventually

from feedsvc.push.client import Client, Reply
from feedsvc.push.strangers import Unwelcome, is_public, read_callback, read_networks

pytest_plugins = ("hubs",)

SPELLINGS = [
    # Not public, in every spelling of IPv4 that a system resolves.
    *("http://127.0.0.1/", "http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/"),
    *("http://0x7f.0.0.1/", "http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.1./", "http://0/"),
    *("http://0.0.0.0/", "http://10.0.0.1/", "http://172.16.0.1/", "http://172.31.255.255/", "http://192.168.0.1/"),
    *("http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://100.100.100.200/"),
    *("http://192.0.0.192/", "http://198.18.0.1/", "http://224.0.0.1/", "http://239.255.255.250/"),
    *("http://240.0.0.1/", "http://255.255.255.255/", "http://168.63.129.16/", "http://192.0.2.1/"),
    # Public, and spelled as nobody does but to deceive.
    *("http://134744072/", "http://0x08080808/", "http://8.8.8/", "http://010.8.8.8/", "http://8.8.8.8.8/"),
    # IPv6, and IPv4 within it.
    *("http://[::1]/", "http://[::]/", "http://[fe80::1]/", "http://[fe80::1%25eth0]/", "http://[fc00::1]/"),
    *("http://[fd00:ec2::254]/", "http://[ff02::1]/", "http://[fec0::1]/", "http://[2001:db8::1]/"),
    *("http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/", "http://[::ffff:a9fe:a9fe]/", "http://[::127.0.0.1]/"),
    *("http://[64:ff9b::7f00:1]/", "http://[64:ff9b::169.254.169.254]/", "http://[64:ff9b:1::1]/"),
    *("http://[2002:7f00:1::]/", "http://[2002:a9fe:a9fe::1]/", "http://[2001:0:7f00:1::]/", "http://[100::1]/"),
    # Other schemes, users, and what is no address.
    *("ftp://reader.example/", "file:///etc/passwd", "gopher://reader.example/", "//reader.example/", "/callback"),
    *("javascript:alert(1)", "http:///callback", "http://", "reader.example"),
    *("http://user@reader.example/", "http://user:word@reader.example/", "http://reader.example@127.0.0.1/"),
    *(
        "http://reader.example/#fragment",
        "http://reader.example/#",
        "http://reader.example:0/",
        "http://reader.example:99999/",
    ),
    *("http://reader.example:x/", "http://reader.example\\@127.0.0.1/", "http://reader.example/a b"),
    *("http://reader.example/\r\nHost: inside", "http://①②⑦.0.0.1/", "http://l\u043ecalhost/", "http://-x-.example/"),
    *("http://rea%64er.example/", "http://[::1", "http://[reader]/", "http://" + "x" * 300 + ".example/"),
    "http://reader.example/" + "x" * 2_000,
]


@pytest.mark.parametrize("url", SPELLINGS)
def test_what_leads_nowhere_public_is_refused_as_it_is_spelled(url: str) -> None:
    with pytest.raises(Unwelcome, match=r"^hub\.callback .*\.$"):
        read_callback(url, read_networks(""))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://reader.example/callback?x=1&y=%20", "reader.example:80"),
        ("HTTPS://Reader.Example./callback", "reader.example:443"),
        ("https://reader.example:8443", "reader.example:8443"),
        ("http://8.8.8.8/", "8.8.8.8:80"),
        ("http://[2606:4700:4700::1111]:81/", "[2606:4700:4700::1111]:81"),
        ("http://[64:ff9b::8.8.8.8]/", "[64:ff9b::8.8.8.8]:80"),
        ("http://xn--e1afmkfd.example/", "xn--e1afmkfd.example:80"),
        ("http://my_reader.example/", "my_reader.example:80"),
        # Where it leads is judged when it is connected to.
        ("http://localhost/", "localhost:80"),
        ("http://127.0.0.1.nip.io/", "127.0.0.1.nip.io:80"),
    ],
)
def test_what_may_be_public_is_let_in(url: str, host: str) -> None:
    assert read_callback(url, read_networks("")).host == host


def test_a_network_that_is_opened_is_let_in_and_no_other() -> None:
    opened = read_networks("127.0.0.0/8 fd00::/8")
    for url in ("http://127.0.0.9/", "http://[fd00::1]/", "http://[::ffff:127.0.0.1]/"):
        assert read_callback(url, opened).url == url
    for url in ("http://10.0.0.1/", "http://[::1]/", "http://[fe80::1]/"):
        with pytest.raises(Unwelcome):
            read_callback(url, opened)


def test_the_hub_says_so(site: Site) -> None:
    form = {"hub.mode": "subscribe", "hub.topic": f"{site.config.base_url}{LINE}"}
    answer = site.http.post("/hub", data=form | {"hub.callback": "http://169.254.169.254/"})
    assert (answer.status_code, answer.text) == (400, "hub.callback is in a network that is not public.\n")


class Names(AbstractResolver):
    """A resolver that is told what each name leads to: one address after the other, and the last for ever."""

    def __init__(self, **names: list[str]) -> None:
        self._names = names
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked += 1
        addresses = self._names[host.partition(".")[0]]
        address = addresses.pop(0) if len(addresses) > 1 else addresses[0]
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def ask(url: str, opened: str = "", resolver: AbstractResolver | None = None) -> Reply:
    async def asking() -> Reply:
        async with Client(read_networks(opened), 8, 2, 5, resolver) as client:
            return await client.get(url)

    # In a thread of its own: in this one, a browser of other tests may have an event loop.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, asking()).result()


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.1.1", "0.0.0.0", "168.63.129.16"),
        *("::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1", "2002:7f00:1::"),
    ],
)
def test_a_name_that_leads_to_what_is_not_public_is_not_connected_to(reader: Subscribers, address: str) -> None:
    reply = ask(f"http://reader.example:{reader.port}/", resolver=Names(reader=[address]))
    assert reply.status == 0
    assert "not public" in reply.error
    assert reader.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "localhost", "2130706433", "127.1"])
def test_nor_is_an_address_itself_whoever_has_let_it_in(reader: Subscribers, host: str) -> None:
    assert ask(f"http://{host}:{reader.port}/").status == 0
    assert reader.asked == []


def test_a_name_that_is_bound_anew_after_it_was_looked_up_is_not_connected_to(reader: Subscribers) -> None:
    names = Names(reader=["127.0.0.2", "127.0.0.1"])
    with Subscribers("127.0.0.2", reader.port).listening() as other:
        url = f"http://reader.example:{reader.port}/"
        first, second = (ask(url, "127.0.0.2/32", names) for _ in range(2))
    assert (first.status, second.status) == (200, 0)
    assert len(other.asked) == 1
    assert reader.asked == []
    assert names.asked == 2


def test_a_redirect_is_not_followed(reader: Subscribers) -> None:
    reader.more = {"Location": reader.url("/inside")}
    reader.confirm = lambda _asked: (307, "")
    assert ask(reader.url(), opened="127.0.0.0/8").status == 307
    assert [asked.path for asked in reader.asked] == ["/callback"]


def test_no_proxy_of_the_environment_is_asked(reader: Subscribers, monkeypatch: pytest.MonkeyPatch) -> None:
    with Subscribers("127.0.0.2").listening() as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.2:{proxy.port}")
        assert ask(reader.url(), opened="127.0.0.0/8").status == 200
        assert proxy.asked == []


def test_a_subscription_of_a_name_that_leads_inside_is_never_verified(
    make_site: Callable[..., Site], reader: Subscribers
) -> None:
    site = make_site()
    form = {"hub.mode": "subscribe", "hub.topic": f"{site.config.base_url}{LINE}"}
    callback = f"http://localhost:{reader.port}/callback"
    assert site.http.post("/hub", data=form | {"hub.callback": callback}).status_code == 202
    eventually(lambda: site.service.pushing.outcomes["verification", "put_off"] == 1)
    assert wishes(site) == 1
    assert reader.asked == []
    assert subscriptions(site) == {}


def test_every_layer_of_an_address_is_judged() -> None:
    judged: dict[str, bool] = {text: is_public(ip_address(text), []) for text in LAYERS}
    assert judged == LAYERS


LAYERS: dict[str, Any] = {
    "8.8.8.8": True,
    "::ffff:8.8.8.8": True,
    "64:ff9b::808:808": True,
    "2606:4700::1": True,
    "64:ff9b::a00:1": False,
    "::ffff:10.0.0.1": False,
    "2002:a00:1::": False,
    "4000::1": False,
}
