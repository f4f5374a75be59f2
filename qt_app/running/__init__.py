"""The parts of one run that ``qt_app/runner.py`` puts together."""
