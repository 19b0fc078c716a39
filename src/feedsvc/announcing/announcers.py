"""The announcers of one process: one for each target that the settings name, none of which waits for another."""

from feedsvc.announcing.announcer import Announcer
from feedsvc.announcing.targets import read_targets
from feedsvc.catalogue import Catalogue
from feedsvc.config import Config
from feedsvc.follower import CacheFollower
from feedsvc.push.topics import Topics
from feedsvc.store.database import Database
from feedsvc.urls import Urls


def announcers(database: Database, follower: CacheFollower, config: Config) -> tuple[Announcer, ...]:
    """Those who tell everybody whom the settings name, yet to be started."""
    urls = Urls(config.base_url)
    targets = read_targets(config, Topics(Catalogue(config), urls), urls)
    return tuple(Announcer(database, follower, target) for target in targets)
