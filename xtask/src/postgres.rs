//! A PostgreSQL server for the tests: one that is named, or one of our own that is gone afterwards.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::command::{output, run, step, succeeds};
use crate::debian;
use crate::interrupt::on_interrupt;
use crate::service::{Running, TICK};

/// Names a server to the tests, and to this command.
pub const VARIABLE: &str = "XP2P_POSTGRES";

const MISSING: &str = "PostgreSQL is neither installed nor named in XP2P_POSTGRES: the sandbox is tested on SQLite only";

/// The file that `initdb` reads the password from.
const PASSWORD: &str = "password";

/// How long the server may take to answer.
const START: Duration = Duration::from_secs(30);

/// Where the program for servers lies that is not on the PATH, below which a folder for each version.
const PLACES: &[&str] = &[
    "/usr/lib/postgresql",
    "/opt/homebrew/opt",
    "/usr/local/opt",
    "/Applications/Postgres.app/Contents/Versions",
    "C:/Program Files/PostgreSQL",
];

/// A server that tests may make databases on. Dropping it ends it, if it is ours.
pub struct Postgres {
    pub url: String,
    own: Arc<Mutex<Option<Own>>>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        end(&self.own);
    }
}

/// Our own server and the folder of its data, which go in this order.
struct Own {
    _server: Running,
    _folder: Folder,
}

struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // It lies where temporary files do: what cannot be removed now is removed there some day.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A server, installed if that can be done; nothing, and a sentence, if there is none to be had.
pub fn server() -> Result<Option<Postgres>> {
    if let Ok(url) = std::env::var(VARIABLE) {
        return Ok(Some(Postgres { url, own: Arc::default() }));
    }
    if find().is_none() && debian::can_install() {
        let installed =
            step("installing PostgreSQL from the distribution", || debian::install("postgresql"));
        if let Err(error) = installed {
            eprintln!("{error:#}");
        }
    }
    let Some(programs) = find() else {
        eprintln!("{MISSING}");
        return Ok(None);
    };
    step("starting PostgreSQL", || start(&programs)).map(Some)
}

/// The folder with the programs of the newest version.
fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    for place in PLACES {
        let versions = fs::read_dir(place).into_iter().flatten().flatten();
        let mut versions: Vec<_> =
            versions.map(|version| version.path().join("bin")).filter(|bin| bin.is_dir()).collect();
        // By length first, so that 9 comes before 10.
        versions.sort_by_key(|bin| (bin.as_os_str().len(), bin.clone()));
        folders.extend(versions.into_iter().rev());
    }
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_isready"]
            .iter()
            .all(|name| succeeds(Command::new(folder.join(name)).arg("--version")))
    };
    folders.into_iter().find(complete)
}

fn start(programs: &Path) -> Result<Postgres> {
    let password = format!("{:016x}{:016x}", random(), random());
    let folder = make_folder(&password)?;
    let data = folder.0.join("data");
    let initdb = programs.join("initdb");
    run(unprivileged(&initdb, &folder.0)?
        .arg("--pgdata")
        .arg(&data)
        .arg("--pwfile")
        .arg(folder.0.join(PASSWORD))
        .args(["--username", "xp2p", "--auth", "scram-sha-256", "--encoding", "UTF8"])
        .args(["--no-locale", "--no-sync"])
        .stdout(Stdio::null()))?;
    // Free at this moment. Should somebody take it first, the server says so and the tests do not run.
    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port().to_string();
    let log = folder.0.join("log");
    let file = fs::File::create(&log)?;
    let mut server = Running::start(
        "PostgreSQL server",
        unprivileged(&programs.join("postgres"), &folder.0)?
            .arg("-D")
            .arg(&data)
            .args(["-h", "127.0.0.1", "-p", &port])
            .args(["-c", "unix_socket_directories="])
            // Nothing here has to outlive a power cut.
            .args(["-c", "fsync=off"])
            .stdout(file.try_clone()?)
            .stderr(file),
    )?;
    let asked = Instant::now();
    while !succeeds(Command::new(programs.join("pg_isready")).args([
        "-h",
        "127.0.0.1",
        "-p",
        &port,
    ])) {
        if server.ended()?.is_some() || asked.elapsed() > START {
            bail!("the server does not answer\n{}", fs::read_to_string(&log).unwrap_or_default());
        }
        thread::sleep(TICK);
    }
    let own = Arc::new(Mutex::new(Some(Own { _server: server, _folder: folder })));
    let interrupted = Arc::clone(&own);
    // A Ctrl-C would end us before anything is dropped.
    on_interrupt(move || {
        end(&interrupted);
        std::process::exit(130);
    })?;
    let url = format!("postgres://xp2p:{password}@127.0.0.1:{port}/postgres");
    Ok(Postgres { url, own })
}

/// Ends the server and then removes its folder, if that was not done before.
fn end(own: &Mutex<Option<Own>>) {
    drop(own.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// A new folder with the password in it, both of them for whom the server runs as.
fn make_folder(password: &str) -> Result<Folder> {
    let path = std::env::temp_dir().join(format!("xp2p-postgres-{:016x}", random()));
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&path).with_context(|| format!("could not make {}", path.display()))?;
    let folder = Folder(path);
    let file = folder.0.join(PASSWORD);
    fs::write(&file, password)?;
    #[cfg(unix)]
    if debian::is_root() {
        let id = |of| output(Command::new("id").args([of, USER]));
        let (user, group) = (id("-u")?.trim().parse()?, id("-g")?.trim().parse()?);
        for path in [&folder.0, &file] {
            std::os::unix::fs::chown(path, Some(user), Some(group))?;
        }
    }
    Ok(folder)
}

/// Who the server runs as where we are root: Debian's package makes this user.
const USER: &str = "postgres";

/// A program of PostgreSQL, which refuses to run as root.
fn unprivileged(program: &Path, folder: &Path) -> Result<Command> {
    let mut command = if debian::is_root() {
        ensure!(
            succeeds(Command::new("setpriv").arg("--version")),
            "as root, PostgreSQL is started through `setpriv`, which is missing"
        );
        // Unlike `su` and `runuser` it becomes the program, so that ending it ends the server.
        let mut command = Command::new("setpriv");
        command.args(["--reuid", USER, "--regid", USER, "--init-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    Ok(command)
}

/// From the operating system: the standard library draws the keys of its hash tables there.
fn random() -> u64 {
    RandomState::new().hash_one(Instant::now())
}
