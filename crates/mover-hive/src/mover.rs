//! The mover: its groups, and the roots that they are made of.

mod data;
mod opener;

use crate::catalog::{
    Catalogue, CatalogueLane, CatalogueStore, Describe, Order, Presence, Reader, Slots, Source,
    Unchanged,
};
use crate::config::{Cluster, HiveConfig, OnDrop, ScopeSettings, Stage as Extent};
use crate::connect::metastores;
use crate::cutover::HiveCutover;
use crate::data::Snapshots;
use crate::distcp::Jobs;
use crate::holding::Holding;
use crate::kept::Kept;
use crate::logins::Logins;
use crate::plan::{self, CATALOGUE, is_of_wave};
use crate::report::Objects;
use crate::rows::Rows;
use crate::translate::Translator;
use crate::waves::{Wave, in_wave, wave_of};
use boatlift_core::error::{Code, Error, Result};
use boatlift_core::lane::Step;
use boatlift_core::mover::{Agreements, Group, Mover, Stage};
use boatlift_core::page::Entry;
use boatlift_core::policy::{Delete, Policy};
use boatlift_core::saga::Cutover;
use boatlift_core::side::Side;
use boatlift_core::store::Opener;
use opener::HiveOpener;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, OnceLock};

/// A move of Hive databases.
pub struct HiveMover {
    /// The same for each wave, in their order; there is at least one.
    waves: Vec<Arc<System>>,
    cutover: HiveCutover,
    back: HiveCutover,
}

/// Both clusters, as all groups of a wave see them.
#[derive(Clone)]
struct System {
    wave: Wave,
    config: Arc<HiveConfig>,
    translator: Arc<Translator>,
    describe: Arc<Describe>,
    lower: Arc<Catalogue>,
    upper: Arc<Catalogue>,
    stores: Arc<dyn Opener>,
    kept: Arc<Kept>,
    agreements: Arc<OnceLock<Arc<dyn Agreements>>>,
    /// The jobs that bring files, where the strategy has such.
    jobs: Option<Arc<Jobs>>,
    /// The servers that carry rows, where the strategy has such.
    rows: Option<Rows>,
    logins: Arc<Logins>,
    /// What files are read from, where the move file allows it.
    snapshots: Option<Arc<Snapshots>>,
}

impl HiveMover {
    /// The move `name` that `config` describes. Nothing is connected to yet. Unsecured servers
    /// are told that `user` asks; `stores` opens what tables' locations name.
    ///
    /// # Errors
    /// [`Code::ConfigValue`] with the key; a secret that cannot be looked up.
    pub fn new(
        config: HiveConfig,
        name: &str,
        user: &str,
        logins: &Arc<Logins>,
        stores: Arc<dyn Opener>,
    ) -> Result<HiveMover> {
        let translator = Translator::new(&config, name)
            .map_err(|why| Error::new(Code::ConfigValue, "cannot use").because(why))?;
        let translator = Arc::new(translator);
        let accepted: BTreeSet<String> =
            config.accept_upper_writes.iter().map(|table| table.to_lowercase()).collect();
        let describe = Arc::new(Describe { translator: Arc::clone(&translator), accepted });
        let catalogue = |side, cluster| {
            let connections = usize::from(config.connections);
            let servers = metastores(side, cluster, user, connections, logins)?;
            let address = address(cluster);
            Ok(Arc::new(Catalogue::new(side, servers, address)))
        };
        let lower = catalogue(Side::Lower, &config.lower)?;
        let upper = catalogue(Side::Upper, &config.upper)?;
        let jobs = Jobs::asked_for(&config, name, user, logins)?;
        let rows = Rows::of(&config, user, logins, &stores)?;
        let snapshots = Snapshots::asked_for(&config, user, logins, &translator, &stores);
        let agreements = Arc::default();
        let kept = Arc::new(Kept::default());
        let system = System {
            wave: Wave::ONLY,
            config: Arc::new(config),
            translator,
            describe,
            lower,
            upper,
            stores,
            kept,
            agreements,
            jobs,
            rows,
            logins: Arc::clone(logins),
            snapshots,
        };
        let [cutover, back] = [Side::Upper, Side::Lower].map(|to| system.cutover(to));
        let waves = Wave::all(system.translator.scope().waves()).map(|wave| {
            Arc::new(System { wave, kept: Arc::new(Kept::default()), ..system.clone() })
        });
        Ok(HiveMover { waves: waves.collect(), cutover, back })
    }

    /// Has surveys keep what they read of LOWER below a state directory, for those who need
    /// it again.
    pub fn keep_in(&self, state: &Path) {
        for system in &self.waves {
            system.kept.keep_in(state, system.wave);
        }
    }

    /// LOWER's objects, for reports: as surveys kept them, and else as LOWER has them.
    #[must_use]
    pub fn objects(&self) -> Objects {
        let System { lower, translator, .. } = &*self.waves[0];
        let kept = self.waves.iter().map(|system| &*system.kept);
        Objects::new(Arc::clone(lower), Arc::clone(translator), kept)
    }

    /// How many waves the move has.
    #[must_use]
    pub fn waves(&self) -> u32 {
        self.waves[0].translator.scope().waves()
    }

    /// Opens the roots of this mover, and whatever else the stores do.
    #[must_use]
    pub fn opener(&self) -> Arc<dyn Opener> {
        Arc::new(HiveOpener { waves: self.waves.clone() })
    }
}

fn address(cluster: &Cluster) -> String {
    let mut uris = cluster.metastore.uris.clone();
    uris.sort_unstable();
    uris.join(",")
}

impl Mover for HiveMover {
    fn name(&self) -> &'static str {
        "hive"
    }

    fn groups(&self) -> Vec<Group> {
        self.waves.iter().flat_map(|system| Holding::ALL.map(|held| system.group(held))).collect()
    }

    fn stages(&self, group: u32) -> &'static [Stage] {
        plan::stages(in_wave(group), self.waves[0].carried())
    }

    fn step(&self, group: u32, stage: usize, entry: &Entry<'_>, policy: &Policy) -> Option<Step> {
        let wave = self.waves.get(wave_of(group) as usize)?.wave;
        let step = plan::step(in_wave(group), self.waves[0].carried(), stage, entry, policy);
        step.filter(|step| in_wave(group) != CATALOGUE || is_of_wave(*step, entry.key, wave))
    }

    fn cutover(&self) -> Option<&dyn Cutover> {
        Some(&self.cutover)
    }

    fn cutover_back(&self) -> Option<&dyn Cutover> {
        Some(&self.back)
    }

    fn attach(&self, agreements: Arc<dyn Agreements>) {
        // A mover serves one lift: a second one would look at the first one's journal.
        let attached = self.waves[0].agreements.set(agreements);
        assert!(attached.is_ok(), "a mover is attached to one journal only");
    }
}

/// The policy that a configuration's `on-drop` asks for.
#[must_use]
pub fn delete_policy(on_drop: OnDrop) -> Delete {
    match on_drop {
        OnDrop::Drop => Delete::Gone,
        OnDrop::Report | OnDrop::Keep => Delete::None,
    }
}

impl System {
    /// A group of this wave. It has no routes where the move does not go as far.
    fn group(&self, held: Holding) -> Group {
        let is_wanted = self.config.stage == Extent::Storage || held == Holding::Catalogue;
        Group {
            name: self.wave.name(held.word()),
            routes: is_wanted.then(|| held.route(self.wave)).into_iter().collect(),
            // The catalogue says whether LOWER's tables are gone; no location is removed.
            remakes: held != Holding::Catalogue,
        }
    }

    fn agreements(&self) -> Result<Arc<dyn Agreements>> {
        let agreements = self.agreements.get().map(|all| self.wave.agreements(Arc::clone(all)));
        agreements.ok_or_else(|| Error::new(Code::Bug, "a root is opened before the journal"))
    }

    fn metastore(&self, side: Side) -> &Arc<Catalogue> {
        match side {
            Side::Lower => &self.lower,
            Side::Upper => &self.upper,
        }
    }

    fn catalogue(&self, side: Side) -> Result<Arc<CatalogueStore>> {
        let agreements = self.agreements()?;
        let lane = (side == Side::Upper).then(|| {
            let orphans = (self.config.stage == Extent::Storage).then(|| self.orphans(&agreements));
            Arc::new(CatalogueLane {
                orphans,
                agreements: Arc::clone(&agreements),
                carry: self.config.carry,
                overwrite: self.config.overwrite,
                source: Source { catalogue: Arc::clone(&self.lower), kept: Arc::clone(&self.kept) },
                upper: Arc::clone(&self.upper),
                translator: Arc::clone(&self.translator),
                describe: Arc::clone(&self.describe),
                presence: Arc::new(Presence::new(Arc::clone(&self.stores))),
                connections: usize::from(self.config.connections),
                slots: Slots::new(usize::from(self.config.connections)),
                batch: self.config.batch as usize,
            })
        });
        Ok(Arc::new(CatalogueStore {
            catalogue: Arc::clone(self.metastore(side)),
            describe: Arc::clone(&self.describe),
            wave: self.wave,
            functions: self.config.carry.functions,
            notifications: self.config.notifications,
            owners: self.config.carry.owners,
            authority: format!("{}{}", crate::catalog::AUTHORITY_PREFIX, self.scope_hash()),
            about: self.about(),
            agreements,
            kept: Arc::clone(&self.kept),
            lane,
        }))
    }

    fn cutover(&self, to: Side) -> HiveCutover {
        HiveCutover {
            to,
            settings: self.config.cutover.clone(),
            extent: self.config.stage,
            describe: Arc::clone(&self.describe),
            lower: Arc::clone(&self.lower),
            upper: Arc::clone(&self.upper),
            about: self.scope_hash(),
        }
    }

    /// Under what name the mark is kept.
    fn about(&self) -> String {
        format!("{}{}", crate::catalog::MARK_PREFIX, self.scope_hash())
    }

    /// What the move is about, in 16 digits.
    fn scope_hash(&self) -> String {
        // Waves say in which order it goes, not what.
        let scope = ScopeSettings { waves: Vec::new(), ..self.config.scope.clone() };
        let scope = serde_json::to_string(&(&scope, &self.config.databases));
        let hash = blake3::hash(scope.unwrap_or_default().as_bytes()).to_hex();
        hash[..16].to_owned()
    }

    fn reader(&self, side: Side, order: Order, wave: Option<Wave>) -> Arc<Reader> {
        Arc::new(Reader {
            catalogue: Arc::clone(self.metastore(side)),
            translator: Arc::clone(&self.translator),
            wave,
            functions: false,
            unchanged: Unchanged::default(),
            order,
        })
    }
}
